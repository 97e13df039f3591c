import type { HrTime } from '@opentelemetry/api';
import { hrTimeToMilliseconds, millisToHrTime } from '@opentelemetry/core';

/** The SDK's own readings of "now" lie this close to ours; anything further off is a time that the caller gave. */
const TICK_MS = 2;
const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * One clock for all spans of a request. The SDK starts each span at a whole millisecond and measures its end from there, so
 * that a child can end after its parent. Anchored anew per request, because the monotonic clock stands still in a frozen Lambda.
 */
export interface Clock {
  /** The exact time where `given` is the SDK's default for a start; a start that the caller chose stays. */
  start(given: HrTime): HrTime;
  /** The same for an end. */
  end(given: HrTime): HrTime;
}

export function startClock(): Clock {
  const epochMs = Date.now() - performance.now();
  const refine = (given: HrTime): HrTime => {
    const nowMs = epochMs + performance.now();
    return Math.abs(hrTimeToMilliseconds(given) - nowMs) <= TICK_MS ? millisToHrTime(nowMs) : given;
  };
  return {
    start: (given) => (given[1] % NANOSECONDS_PER_MILLISECOND === 0 ? refine(given) : given),
    end: refine,
  };
}
