/** The containers and, beside them, the same launcher as `npm run local`. */
import { launch } from '../launcher/launcher.ts';
import type { Options } from '../launcher/options.ts';
import type { Settings } from '../machine/settings.ts';
import { say, step } from '../machine/terminal.ts';
import { writeConfiguration } from './configuration.ts';
import { wire } from '../machine/containers.ts';
import { createDocker } from './docker.ts';
import { removeContainers, requireEngine, startContainers } from './engine.ts';
import { openDatabaseToGrafana } from './grafana-role.ts';
import { readNetworks } from './networks.ts';
import { checkStackPorts } from './ports.ts';
import { openScrapePath } from './scrape-path.ts';
import { dockerEnvironment } from './settings.ts';

/**
 * Runs until SIGINT or SIGTERM, which stops the API and leaves the containers as they are.
 * @returns the exit code
 * @throws Error when Docker, the containers or a part of the launcher does not start
 */
export async function startStack(settings: Settings, options: Options): Promise<number> {
  const docker = createDocker(dockerEnvironment(settings));
  await requireEngine(docker);
  await checkStackPorts(settings, docker);
  writeConfiguration(settings);
  say('Starting the containers …');
  await step('started the containers', () => startContainers(docker));
  await step('opened the database to Grafana', () => openDatabaseToGrafana(docker, settings));
  const scrapePath = await openScrapePath(settings, await readNetworks(docker));
  const wired = wire(settings);
  try {
    return await launch(wired.settings, options, wired.containers);
  } finally {
    await scrapePath?.close();
    say('The containers run on: npm run stack -- --down removes them, with --volumes their data, too.');
  }
}

/** Removes the containers, and with `volumes` their data. @throws Error when Docker does not */
export async function stopStack(settings: Settings, volumes: boolean): Promise<void> {
  const docker = createDocker(dockerEnvironment(settings));
  await requireEngine(docker);
  await removeContainers(docker, volumes);
  say(volumes ? 'Removed the containers and their data.' : 'Removed the containers; their data stays.');
}
