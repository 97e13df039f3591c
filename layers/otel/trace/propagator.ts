import { trace, TraceFlags, type Context, type TextMapGetter, type TextMapPropagator } from '@opentelemetry/api';

const HEADER = 'traceparent';
/**
 * W3C Trace Context, 3.2: ids that are not all zero, by version 00 with nothing behind, or by a later one, which may
 * add to it.
 */
const TRACEPARENT = /^(?!ff|00-.{52}-)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}(?:-|$)/;

/**
 * W3C Trace Context without its flag and without `tracestate`: a caller may say whose child a request is, but neither
 * that it goes unrecorded, since this service decides at the end of each request, nor may its free text enter our
 * spans. Nothing is passed on: functions call nobody but the database.
 */
export const traceParentPropagator: TextMapPropagator = {
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, HEADER);
    const [, traceId, spanId] = (typeof header === 'string' && TRACEPARENT.exec(header)) || [];
    if (traceId === undefined || spanId === undefined) return context;
    return trace.setSpanContext(context, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  },

  inject: () => undefined,

  fields: () => [HEADER],
};
