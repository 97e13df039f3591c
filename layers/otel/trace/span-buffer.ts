import type { Exporter } from './exporter.ts';
import { isLocalRoot, type Sampling } from './sampling.ts';
import type { RecordedSpan } from './span.ts';
import type { Warn } from '../warning.ts';

/** A submit has six spans; this is for a function that runs wild. */
const MAX_SPANS = 512;
/** Room beyond MAX_SPANS for roots, on which a tree hangs. */
const MAX_ROOTS = 64;
/** Traces remembered, under way or decided. Lambda needs one; an emulator that runs functions in process needs more. */
const MAX_TRACES = 128;

interface Trace {
  openRoots: number;
  mustBeKept: boolean;
  isKept: boolean;
  /** Ended spans that wait for the end of their root. */
  waiting: RecordedSpan[];
}

/**
 * Holds the spans of a request until its local root ends, then keeps the trace or forgets it as a whole. What is kept
 * leaves at `flush`. Bounded: what does not fit is dropped, and that is said once.
 */
export class SpanBuffer {
  readonly #exporter: Exporter;
  readonly #sampling: Sampling;
  readonly #warn: Warn;
  readonly #traces = new Map<string, Trace>();
  #outgoing: RecordedSpan[] = [];
  #held = 0;
  #dropped = 0;
  #saidDropped = false;
  #delivered: Promise<unknown> = Promise.resolve();

  constructor(exporter: Exporter, sampling: Sampling, warn: Warn) {
    this.#exporter = exporter;
    this.#sampling = sampling;
    this.#warn = warn;
  }

  isKept(traceId: string): boolean {
    return this.#traces.get(traceId)?.isKept ?? false;
  }

  started(span: RecordedSpan): void {
    if (isLocalRoot(span)) this.#traceOf(span).openRoots += 1;
  }

  ended(span: RecordedSpan): void {
    const trace = this.#traceOf(span);
    trace.mustBeKept ||= this.#sampling.mustKeep(span);
    this.#hold(span, trace);
    if (isLocalRoot(span)) {
      trace.openRoots = Math.max(0, trace.openRoots - 1);
      this.#decide(span, trace);
    } else if (trace.openRoots === 0) {
      this.#decide(span, trace);
    }
  }

  /** Resolves when all that was kept until now is delivered or given up, by flushes under way too. Never rejects. */
  async flush(): Promise<void> {
    this.#reportDropped();
    const spans = this.#outgoing;
    if (spans.length > 0) {
      this.#outgoing = [];
      this.#held -= spans.length;
      this.#delivered = Promise.all([this.#delivered, this.#exporter.export(spans)]);
    }
    await this.#delivered;
  }

  #traceOf(span: RecordedSpan): Trace {
    const { traceId } = span.spanContext();
    const known = this.#traces.get(traceId);
    if (known !== undefined) return known;
    const trace = { openRoots: 0, mustBeKept: false, isKept: false, waiting: [] };
    this.#traces.set(traceId, trace);
    if (this.#traces.size > MAX_TRACES) this.#forgetOldest();
    return trace;
  }

  #forgetOldest(): void {
    for (const [traceId, { waiting }] of this.#traces) {
      this.#traces.delete(traceId);
      this.#held -= waiting.length;
      this.#dropped += waiting.length;
      return;
    }
  }

  #hold(span: RecordedSpan, trace: Trace): void {
    if (this.#held >= (isLocalRoot(span) ? MAX_SPANS + MAX_ROOTS : MAX_SPANS)) {
      this.#dropped += 1;
      return;
    }
    this.#held += 1;
    trace.waiting.push(span);
  }

  /**
   * At the end of a root, and for each span that ends after it. A second root still under way may yet demand the trace.
   */
  #decide(span: RecordedSpan, trace: Trace): void {
    trace.isKept ||= trace.mustBeKept || this.#sampling.isSampled(span.spanContext().traceId);
    if (!trace.isKept && trace.openRoots > 0) return;
    if (trace.isKept) this.#outgoing.push(...trace.waiting);
    else this.#held -= trace.waiting.length;
    trace.waiting = [];
  }

  #reportDropped(): void {
    if (this.#dropped === 0 || this.#saidDropped) return;
    this.#saidDropped = true;
    this.#warn('Spans were dropped, more than a request may have; it will not be said again', {
      dropped_spans: this.#dropped,
    });
  }
}
