/** The settings that docker-compose.local.yml takes, and the addresses that follow from them. */
import type { Settings } from '../machine/settings.ts';
import { configurationFolders } from './configuration.ts';

const POSTGRES_PORT = 5432;
const PROMETHEUS_PORT = 9090;

/** The ports that the containers publish on 127.0.0.1, by the setting that changes each. */
export function publishedPorts(settings: Settings) {
  return {
    POSTGRES_PORT: settings.POSTGRES_PORT ?? POSTGRES_PORT,
    OTLP_PORT: settings.OTLP_PORT,
    TRACES_PORT: settings.TRACES_PORT,
    // 0 means "none" to npm run local, and "any" to Docker.
    PROMETHEUS_PORT: settings.PROMETHEUS_PORT || PROMETHEUS_PORT,
    ALERTMANAGER_PORT: settings.ALERTMANAGER_PORT,
    GRAFANA_PORT: settings.GRAFANA_PORT,
  };
}

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

/** The database of the container `postgres`, by the user that may do everything in it. */
export function databaseUrl(settings: Settings): string {
  const port = publishedPorts(settings).POSTGRES_PORT;
  return `postgresql://prior_auth:${encodeURIComponent(settings.POSTGRES_PASSWORD)}@127.0.0.1:${port}/prior_auth`;
}
