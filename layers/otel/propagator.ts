import {
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

const HEADER = 'traceparent';

/**
 * W3C Trace Context without its flag and without `tracestate`: a caller may say whose child a request is, but neither that it
 * goes unrecorded, since this service decides at the end of each request, nor may its free text enter our spans.
 */
export const traceParentPropagator: TextMapPropagator = {
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, HEADER);
    const parent = typeof header === 'string' ? parseTraceParent(header) : null;
    if (parent === null) return context;
    return trace.setSpanContext(context, { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  },

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (!span || !isSpanContextValid(span)) return;
    setter.set(carrier, HEADER, `00-${span.traceId}-${span.spanId}-0${span.traceFlags & TraceFlags.SAMPLED}`);
  },

  fields: () => [HEADER],
};
