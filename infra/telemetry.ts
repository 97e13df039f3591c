import { SERVICE } from '../functions/contract/catalogue.ts';
import { FLUSH_MS } from './limits.ts';
import type { Settings } from './settings.ts';

/** Preloaded from the layer, as locally. */
const PRELOAD = '--require /opt/otel/otel.js';

/** The environment that layers/otel/settings/settings.ts reads. */
export interface TelemetryEnvironment {
  readonly [name: string]: string;
  readonly NODE_OPTIONS: string;
  readonly OTEL_SERVICE_NAME: string;
  readonly OTEL_RESOURCE_ATTRIBUTES: string;
  readonly OTEL_TRACES_SAMPLER_ARG: string;
  readonly OTEL_FLUSH_DEADLINE_MS: string;
}

/** @param endpoint the base URL of a collector; undefined: spans and ids work, nothing is exported */
export function telemetryOf(settings: Settings, endpoint: string | undefined, version: string): TelemetryEnvironment {
  return {
    NODE_OPTIONS: PRELOAD,
    OTEL_SERVICE_NAME: SERVICE,
    OTEL_RESOURCE_ATTRIBUTES: `service.version=${version},deployment.environment.name=${settings.stage}`,
    OTEL_TRACES_SAMPLER_ARG: String(settings.tracesRatio),
    OTEL_FLUSH_DEADLINE_MS: String(FLUSH_MS),
    ...(endpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
  };
}
