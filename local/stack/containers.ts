import type { Settings } from '../machine/settings.ts';
import { databaseUrl, publishedPorts } from './settings.ts';

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
