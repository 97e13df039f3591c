/** The containers of `npm run stack`, as far as their settings say where they are. */
import type { Settings } from './settings.ts';

export const COMPOSE_FILE = 'docker-compose.local.yml';

/**
 * Of the target `host.docker.internal` in local/monitoring/prometheus, by which Prometheus in its container reaches the
 * API.
 */
export const TARGET_PORT = 8000;

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

/** The database of the container `postgres`, by the user that may do everything in it. */
export function databaseUrl(settings: Settings): string {
  const port = publishedPorts(settings).POSTGRES_PORT;
  return `postgresql://prior_auth:${encodeURIComponent(settings.POSTGRES_PASSWORD)}@127.0.0.1:${port}/prior_auth`;
}

/** What runs in containers in place of the embedded parts: what the launcher needs to know of it. */
export interface Containers {
  /**
   * Base URL of Jaeger's pages, where a trace has the same path as in the console; undefined when traces go elsewhere.
   */
  readonly jaeger: string | undefined;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly grafana: string;
  /** Whether the database is the container's, where functions act in the roles they have in the cloud. */
  readonly ownsDatabase: boolean;
}

/** The launcher's settings with the containers in place of what the user has not set. */
export function wire(settings: Settings): { readonly settings: Settings; readonly containers: Containers } {
  const ports = publishedPorts(settings);
  const at = (port: number) => `http://localhost:${port}`;
  const { DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT } = settings;
  return {
    settings: {
      ...settings,
      DATABASE_URL: DATABASE_URL ?? databaseUrl(settings),
      OTEL_EXPORTER_OTLP_ENDPOINT: OTEL_EXPORTER_OTLP_ENDPOINT ?? `http://127.0.0.1:${ports.OTLP_PORT}`,
    },
    containers: {
      jaeger: OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? at(ports.TRACES_PORT) : undefined,
      prometheus: at(ports.PROMETHEUS_PORT),
      alertmanager: at(ports.ALERTMANAGER_PORT),
      grafana: at(ports.GRAFANA_PORT),
      ownsDatabase: DATABASE_URL === undefined,
    },
  };
}
