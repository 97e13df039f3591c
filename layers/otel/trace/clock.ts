import type { TimeInput } from '@opentelemetry/api';

/** Beyond this the clocks have parted: the monotonic one stands still in a frozen Lambda environment. */
const MAX_DRIFT_MS = 20;

/** Milliseconds since 1970, to the microsecond, which do not step back while a request runs. */
export type Clock = () => number;

/** Spans start and end by one such clock, so that a child lies within its parent however short both are. */
export function createClock(wall: () => number = Date.now, monotonic: () => number = () => performance.now()): Clock {
  // A process that is held up between the two readings finds too little: the most of several is right.
  const measure = () => Math.max(wall() - monotonic(), wall() - monotonic());
  const hasParted = () => Math.abs(wall() - monotonic() - offsetMs) > MAX_DRIFT_MS;
  let offsetMs = measure();
  return () => {
    if (hasParted() && hasParted()) offsetMs = measure();
    return offsetMs + monotonic();
  };
}

/**
 * A time as the OpenTelemetry API takes it: since 1970 or by `performance.now()` in milliseconds, a Date, or seconds
 * and nanoseconds.
 */
export function toEpochMs(time: TimeInput): number {
  if (Array.isArray(time)) return time[0] * 1e3 + time[1] / 1e6;
  if (time instanceof Date) return time.getTime();
  return time <= performance.now() ? performance.timeOrigin + time : time;
}
