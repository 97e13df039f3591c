import type { Diagnostic } from './api-errors.ts';

/** Exports of traces failed, and nobody has said that they work again. */
export interface Outage {
  /** `ECONNREFUSED`, `HTTP 503`. */
  readonly reason: string;
  /** Unix times in milliseconds; until then nothing is exported. */
  readonly since: number;
  readonly restsUntil: number;
}

const FAILING = 'Traces cannot be delivered and are dropped';
const RECOVERED = 'Traces are delivered again';

/** What the layer's last word on its exports is, in the diagnostics of the functions. */
export function findOutage(diagnostics: readonly Diagnostic[]): Outage | undefined {
  const last = diagnostics.findLast(({ message }) => message === FAILING || message === RECOVERED);
  if (last?.message !== FAILING) return undefined;
  const since = Date.parse(last.timestamp);
  return { reason: last.reason ?? 'unknown', since, restsUntil: since + (last.rest_ms ?? 0) };
}

/** In one sentence. @param now Unix time in milliseconds */
export function tellOutage({ reason, since, restsUntil }: Outage, now: number): string {
  const start = `exports have been failing since ${clock(since)} (${reason})`;
  return restsUntil > now
    ? `After failures in a row the exporter rests until ${clock(restsUntil)}: ${start}.`
    : `By the functions’ log ${start}.`;
}

/** Time of day, UTC. */
function clock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}
