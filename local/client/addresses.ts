/** Where the parts are that a request is followed through, and the pages that show it. */
import type { Settings } from '../machine/settings.ts';

/** Base URLs of what is asked. */
export interface Addresses {
  readonly api: string;
  readonly traces: string;
}

/** Where a person finds them: whatever HOST says, the parts listen on this machine alone. */
export function locate({ API_PORT, TRACES_PORT }: Pick<Settings, 'API_PORT' | 'TRACES_PORT'>): Addresses {
  return { api: `http://localhost:${API_PORT}`, traces: `http://localhost:${TRACES_PORT}` };
}

/** Where a browser finds the console; undefined when traces go to a collector of one's own, and with them the pages. */
export function consoleUrl(
  settings: Pick<Settings, 'API_PORT' | 'TRACES_PORT' | 'OTEL_EXPORTER_OTLP_ENDPOINT'>,
): string | undefined {
  return settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? locate(settings).traces : undefined;
}

/** The page of a trace: Jaeger's has the same path, so the link is right whichever of them listens there. */
export function traceUrl(base: string, traceId: string): string {
  return `${base}/trace/${traceId}`;
}
