import {
  context as contexts,
  isSpanContextValid,
  SpanKind,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { RecordedSpan, type SpanParts } from './span.ts';

export interface TracerParts extends SpanParts {
  readonly ids: IdGenerator;
  readonly started: (span: RecordedSpan) => void;
}

export interface IdGenerator {
  /** 32 hex digits, for a root. */
  traceId(): string;
  /** 16 hex digits. */
  spanId(): string;
}

/**
 * Makes spans of every call: whether a trace is kept is known at the end of the request, never from a caller's flag.
 */
export class LayerTracer implements Tracer {
  readonly #scope: string;
  readonly #parts: TracerParts;

  constructor(scope: string, parts: TracerParts) {
    this.#scope = scope;
    this.#parts = parts;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contexts.active()): RecordedSpan {
    const { kind = SpanKind.INTERNAL, attributes, links = [], startTime, root = false } = options;
    const { ids, started } = this.#parts;
    const above = root ? undefined : trace.getSpanContext(context);
    const parent = above !== undefined && isSpanContextValid(above) ? above : undefined;
    const traceId = parent?.traceId ?? ids.traceId();
    const own = { traceId, spanId: ids.spanId(), traceFlags: TraceFlags.SAMPLED };
    const start = { name, kind, scope: this.#scope, context: own, parent, links, startTime };
    const span = new RecordedSpan(start, this.#parts);
    if (attributes !== undefined) span.setAttributes(attributes);
    started(span);
    return span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, work: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, work: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    work: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    first: SpanOptions | F | undefined,
    second?: Context | F,
    third?: F,
  ): ReturnType<F> {
    const work = (third ?? second ?? first) as F;
    const options = typeof first === 'function' ? undefined : first;
    const context = typeof second === 'object' ? second : contexts.active();
    const span = this.startSpan(name, options, context);
    return contexts.with(trace.setSpan(context, span), work as (span: Span) => ReturnType<F>, undefined, span);
  }
}
