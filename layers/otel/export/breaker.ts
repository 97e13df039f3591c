/**
 * A black hole must not tax every request with the flush deadline: after this many failures in a row, none is tried …
 */
const FAILURES_TO_OPEN = 3;
/** … for this long; then one trial decides. */
const REST_MS = 30_000;
/** A collector may ask for a longer rest (`Retry-After`), but not for silence. */
const MAX_REST_MS = 300_000;

export interface Breaker {
  /** Whether an export may be tried now. After a rest only the first caller hears yes, until its outcome is known. */
  admits(): boolean;
  /** Returns true when this ends an outage. */
  succeeded(): boolean;
  /**
   * Returns the rest in milliseconds when this opens the breaker, undefined when it stays closed or was open already.
   */
  failed(retryAfterMs?: number): number | undefined;
}

/** `now` is wall-clock milliseconds: a frozen Lambda environment rests while it is frozen. */
export function createBreaker(now: () => number = Date.now): Breaker {
  let failures = 0;
  let isOpen = false;
  let restsUntil = 0;

  return {
    admits() {
      if (!isOpen) return true;
      if (now() < restsUntil) return false;
      restsUntil = now() + REST_MS;
      return true;
    },
    succeeded() {
      const recovered = isOpen;
      failures = 0;
      isOpen = false;
      return recovered;
    },
    failed(retryAfterMs = 0) {
      failures += 1;
      const restMs = Math.min(Math.max(retryAfterMs, failures >= FAILURES_TO_OPEN ? REST_MS : 0), MAX_REST_MS);
      if (restMs === 0) return undefined;
      const opened = !isOpen;
      isOpen = true;
      restsUntil = now() + restMs;
      return opened ? restMs : undefined;
    },
  };
}
