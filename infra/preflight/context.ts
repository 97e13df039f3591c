import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';

const Values = z.record(z.string(), z.unknown());
type Values = z.infer<typeof Values>;
const Configuration = z.object({ context: z._default(Values, {}) });

/**
 * The context of a deployment as `cdk` reads it: what is given on the command line wins over cdk.json, that over
 * cdk.context.json, and that over the user's own ~/.cdk.json.
 * @param assignments of the command line: `stage=sandbox`
 * @param root of the project
 * @throws Error that names the file or the assignment that cannot be read
 */
export function readContext(assignments: readonly string[], root: string): Values {
  return {
    ...read(join(homedir(), '.cdk.json'), Configuration)?.context,
    ...read(join(root, 'cdk.context.json'), Values),
    ...read(join(root, 'cdk.json'), Configuration)?.context,
    ...Object.fromEntries(assignments.map(parseAssignment)),
  };
}

function read<Schema extends z.core.$ZodType>(file: string, schema: Schema): z.infer<Schema> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return z.parse(schema, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} cannot be read as context`, { cause: error });
  }
}

/** The CDK itself only warns of what is no assignment, and goes on without it. */
function parseAssignment(assignment: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--context ${assignment} is not key=value`);
  if (name.startsWith('aws:')) throw new Error(`--context ${name}: names that begin with aws: are the CDK’s own`);
  return [name, value];
}
