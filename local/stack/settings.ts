/** The settings that docker-compose.local.yml takes. */
import { publishedPorts } from '../machine/containers.ts';
import type { Settings } from '../machine/settings.ts';
import { configurationFolders } from './configuration.ts';

/**
 * The environment of `docker`: this process's own, since that says where the engine is, and what the Compose file
 * interpolates, so that both sides read the same settings.
 */
export function dockerEnvironment(settings: Settings): NodeJS.ProcessEnv {
  const ports = Object.entries(publishedPorts(settings)).map(([name, port]) => [name, String(port)] as const);
  const { POSTGRES_PASSWORD, GRAFANA_PASSWORD, PRIOR_AUTH_GRAFANA_PASSWORD } = settings;
  const passwords = { POSTGRES_PASSWORD, GRAFANA_PASSWORD, PRIOR_AUTH_GRAFANA_PASSWORD };
  const { prometheus, alertmanager } = configurationFolders(settings);
  const folders = { PROMETHEUS_FOLDER: prometheus, ALERTMANAGER_FOLDER: alertmanager };
  return { ...process.env, ...Object.fromEntries(ports), ...passwords, ...folders };
}
