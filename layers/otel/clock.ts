import type { HrTime, Tracer } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';

/** Beyond this the clocks have parted: the monotonic one stands still in a frozen Lambda environment. */
const MAX_DRIFT_MS = 20;

/** The time of day to the microsecond, which does not step back while a request runs. */
export type Clock = () => HrTime;

export function createClock(wall: () => number = Date.now, monotonic: () => number = () => performance.now()): Clock {
  let offsetMs = wall() - monotonic();
  return () => {
    if (Math.abs(wall() - monotonic() - offsetMs) > MAX_DRIFT_MS) offsetMs = wall() - monotonic();
    return millisToHrTime(offsetMs + monotonic());
  };
}

/**
 * Makes a tracer's spans start and end by one clock, where the caller gives no time. By itself the SDK starts each span at a
 * whole millisecond and measures its end from there, so that a child can end after its parent.
 */
export function keepTime(tracer: Tracer, now: Clock): Tracer {
  const startSpan = tracer.startSpan.bind(tracer);
  tracer.startSpan = (name, options, context) => {
    const span = startSpan(name, { ...options, startTime: options?.startTime ?? now() }, context);
    const end = span.end.bind(span);
    span.end = (endTime) => end(endTime ?? now());
    return span;
  };
  return tracer;
}
