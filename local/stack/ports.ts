import * as z from 'zod/mini';
import { isFree } from '../machine/free-port.ts';
import type { Settings } from '../machine/settings.ts';
import { compose, type Docker } from './docker.ts';
import { publishedPorts } from '../machine/containers.ts';

const Container = z.object({ Publishers: z.nullish(z.array(z.object({ PublishedPort: z.number() }))) });

/**
 * Checks every port that the containers and the API listen on; what our own containers hold already is theirs.
 * @throws Error that names each taken port together with the setting that changes it
 */
export async function checkStackPorts(settings: Settings, docker: Docker): Promise<void> {
  const { API_PORT, LAMBDA_PORT } = settings;
  const ports = Object.entries({ API_PORT, LAMBDA_PORT, ...publishedPorts(settings) });
  const held = await heldPorts(docker);
  const faults: string[] = [];
  for (const [index, [name, port]] of ports.entries()) {
    const twin = ports.slice(0, index).find(([, other]) => other === port)?.[0];
    if (twin !== undefined) faults.push(`  ${twin} and ${name} are both ${port}`);
    else if (!held.has(port) && !(await isFree(port)))
      faults.push(`  port ${port} is in use: set ${name} to another one`);
  }
  if (faults.length > 0)
    throw new Error(`Cannot listen:\n${faults.join('\n')}\nFor example: GRAFANA_PORT=3001 npm run stack`);
}

/** The ports that containers of this project publish now. */
async function heldPorts(docker: Docker): Promise<Set<number>> {
  const { stdout } = await docker.ask(compose('ps', '--format', 'json'));
  const containers = parseContainers(stdout);
  return new Set(containers.flatMap(({ Publishers }) => Publishers ?? []).map(({ PublishedPort }) => PublishedPort));
}

/** Compose prints an object a line since 2.21, before that one array. */
function parseContainers(text: string): z.infer<typeof Container>[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const printed = lines.map((line) => z.union([z.array(Container), Container]).parse(JSON.parse(line)));
  return printed.flat();
}
