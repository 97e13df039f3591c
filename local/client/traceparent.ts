import { randomBytes } from 'node:crypto';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export function createTraceId(): string {
  return randomBytes(TRACE_ID_BYTES).toString('hex');
}

/** The `traceparent` (W3C Trace Context) of a caller who begins a trace and wants it kept. */
export function toTraceparent(traceId: string): string {
  return `00-${traceId}-${randomBytes(SPAN_ID_BYTES).toString('hex')}-01`;
}
