import { createTraceId, toTraceparent } from '../client/traceparent.ts';

/**
 * The traces of the console's own reads through the API: looking at a request must not make another one in the list.
 */
export interface OwnTraces {
  /** A `traceparent` (W3C Trace Context) of a new trace, known as the console's own from now on. */
  begin(): string;
  has(traceID: string): boolean;
}

/** @param maxTraces what the trace store holds at most: an older trace is not there to be left out */
export function createOwnTraces(maxTraces: number): OwnTraces {
  const ids = new Set<string>();
  return {
    begin() {
      const traceID = createTraceId();
      ids.add(traceID);
      const [oldest] = ids;
      if (ids.size > maxTraces && oldest !== undefined) ids.delete(oldest);
      return toTraceparent(traceID);
    },
    has: (traceID) => ids.has(traceID),
  };
}
