/**
 * How long the doctor waits, in milliseconds. Added up, the waits of a system in which everything is as slow as can be
 * are less than TOTAL_MS.
 */
export const PATIENCE_MS = {
  /** Functions call a silent database away after three seconds. */
  health: 5000,
  /** Of each reading, the one before the request and those after it. */
  metrics: 4000,
  /** A function gives up after eight seconds. */
  submit: 9000,
  row: 5000,
  port: 1000,
  line: 3000,
  bridge: 4000,
  invocation: 4000,
  counters: 2000,
  /** Prometheus scrapes every 15 s, and gives a scrape 10 s. */
  scrape: 25_000,
  prometheus: 2000,
  /** Beside the bridge. */
  otlp: 2000,
  spans: 3000,
  traces: 2000,
  grafana: 2000,
  /** Grafana in turn asks the data source; all are asked at once. */
  dataSources: 4000,
  dashboards: 3000,
} as const;

export const TOTAL_MS = 60_000;

/** What comes after the wait for a scrape, which is cut short for it when the hops before were slow. */
const AFTER_SCRAPE_MS =
  PATIENCE_MS.prometheus +
  PATIENCE_MS.spans +
  PATIENCE_MS.traces +
  PATIENCE_MS.grafana +
  PATIENCE_MS.dataSources +
  PATIENCE_MS.dashboards;

/** @param elapsedMs since the doctor began */
export function scrapePatienceMs(elapsedMs: number): number {
  return Math.max(0, Math.min(PATIENCE_MS.scrape, TOTAL_MS - AFTER_SCRAPE_MS - elapsedMs));
}
