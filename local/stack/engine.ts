import { compose, type Docker } from './docker.ts';

/** After the images are there. */
const WAIT_TIMEOUT_SECONDS = '180';

const INSTEAD = 'npm run local runs the same API without Docker.';

/**
 * Makes sure that there is a docker command, its Compose plugin and an engine that answers.
 * @throws Error of one line that says which is missing and what runs without
 */
export async function requireEngine(docker: Docker): Promise<void> {
  const plugin = await docker.ask(['compose', 'version']);
  if (plugin.code === undefined) throw new Error(`There is no docker command here: ${INSTEAD}`);
  if (plugin.code !== 0) throw new Error(`docker has no Compose plugin (docker compose): ${INSTEAD}`);
  const engine = await docker.ask(['version', '--format', '{{.Server.Version}}']);
  if (engine.code === 0) return;
  const reason = engine.stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(`The Docker engine does not answer${reason && ` (${reason.replace(/[.\s]+$/, '')})`}: ${INSTEAD}`);
}

/**
 * Starts what does not run yet, and returns when everything is healthy; what did run reads its configuration anew.
 * @throws Error that says how to see what is wrong
 */
export async function startContainers(docker: Docker): Promise<void> {
  const code = await docker.show(compose('up', '--detach', '--wait', '--wait-timeout', WAIT_TIMEOUT_SECONDS));
  if (code !== 0) {
    const logs = 'docker compose -f docker-compose.local.yml logs --tail 30';
    throw new Error(`The containers are not all up and healthy. See ${logs}, or remove them: npm run stack -- --down`);
  }
  await docker.ask(compose('kill', '--signal', 'SIGHUP', 'prometheus', 'alertmanager'));
}

/** @throws Error when docker could not remove them; it has said why */
export async function removeContainers(docker: Docker, volumes: boolean): Promise<void> {
  const code = await docker.show(compose('down', ...(volumes ? ['--volumes'] : [])));
  if (code !== 0) throw new Error('docker compose down failed.');
}
