/** Whether what is built is what the sources say. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

const Metafile = z.object({
  outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.unknown()) })),
});

/**
 * Why a folder of the last build cannot be deployed as it is; undefined when it can.
 * @param folder below dist/: `functions/submit`
 * @param root of the project
 */
export function staleness(folder: string, root: string): string | undefined {
  const metafile = join(root, 'dist/meta.json');
  if (!existsSync(join(root, 'dist', folder)) || !existsSync(metafile)) return `dist/${folder} is missing`;
  const { outputs } = Metafile.parse(JSON.parse(readFileSync(metafile, 'utf8')));
  const built = Object.entries(outputs).filter(([output]) => output.startsWith(`dist/${folder}/`));
  if (built.length === 0) return `dist/${folder} is not of the last build`;
  const inputs = new Set(built.flatMap(([, output]) => Object.keys(output.inputs)));
  const builtAt = statSync(metafile).mtimeMs;
  const changed = [...inputs].find((input) => !isOlder(join(root, input), builtAt));
  return changed === undefined ? undefined : `dist/${folder} is older than ${changed}`;
}

function isOlder(file: string, time: number): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.mtimeMs <= time;
}
