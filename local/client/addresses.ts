import type { Settings } from '../machine/settings.ts';

/** Where a browser finds the console; undefined when traces go to a collector of one's own, and with them the pages. */
export function consoleUrl(
  settings: Pick<Settings, 'TRACES_PORT' | 'OTEL_EXPORTER_OTLP_ENDPOINT'>,
): string | undefined {
  return settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? `http://localhost:${settings.TRACES_PORT}` : undefined;
}

/** The page of a trace: Jaeger's has the same path, so the link is right whichever of them listens there. */
export function traceUrl(base: string, traceId: string): string {
  return `${base}/trace/${traceId}`;
}
