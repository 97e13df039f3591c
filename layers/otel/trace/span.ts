import {
  SpanStatusCode,
  type AnyValue,
  type Attributes,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  type TimeInput,
} from '@opentelemetry/api';
import { toEpochMs, type Clock } from './clock.ts';

/** Of attributes, events and links each: the default of the OpenTelemetry specification ("Span Limits"). */
const MAX_COUNT = 128;

export interface SpanEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Attributes;
}

/** What a span is from its beginning. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** The name of its tracer. */
  readonly scope: string;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links: readonly Link[];
  readonly startTime: TimeInput | undefined;
}

/** What becomes of a span that is over. */
export interface SpanParts {
  readonly now: Clock;
  readonly ended: (span: RecordedSpan) => void;
}

/**
 * A span of the OpenTelemetry API. What the specification asks of one holds (nothing changes after its end, `OK` is
 * final), as far as it can leave: neither the message of a status nor that of an exception is taken at all, since both
 * may quote a request.
 */
export class RecordedSpan implements Span {
  readonly kind: SpanKind;
  readonly scope: string;
  readonly parent: SpanContext | undefined;
  /** Milliseconds since 1970, to the microsecond, as all times here. */
  readonly startMs: number;
  readonly attributes = new Map<string, AnyValue>();
  readonly events: SpanEvent[] = [];
  readonly links: Link[] = [];
  name: string;
  status = SpanStatusCode.UNSET;
  endMs = 0;
  #isOver = false;
  /** What went beyond the limit. */
  dropped = { attributes: 0, events: 0, links: 0 };
  readonly #context: SpanContext;
  readonly #parts: SpanParts;

  constructor({ name, kind, scope, context, parent, links, startTime }: SpanStart, parts: SpanParts) {
    this.name = name;
    this.kind = kind;
    this.scope = scope;
    this.parent = parent;
    this.#context = context;
    this.#parts = parts;
    this.startMs = this.#at(startTime);
    if (links.length > 0) this.addLinks([...links]);
  }

  get durationMs(): number {
    return this.endMs - this.startMs;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  isRecording(): boolean {
    return !this.#isOver;
  }

  setAttribute(key: string, value: AnyValue): this {
    if (!this.isRecording()) return this;
    if (this.attributes.size < MAX_COUNT || this.attributes.has(key)) this.attributes.set(key, value);
    else this.dropped.attributes += 1;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const key in attributes) {
      const value = attributes[key];
      if (value !== undefined) this.setAttribute(key, value);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this;
    const isTime = isTimeInput(attributesOrTime);
    const timeMs = this.#at(time ?? (isTime ? attributesOrTime : undefined));
    const attributes = (isTime ? undefined : attributesOrTime) ?? {};
    if (this.events.length < MAX_COUNT) this.events.push({ name, timeMs, attributes });
    else this.dropped.events += 1;
    return this;
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    if (!this.isRecording()) return this;
    const room = MAX_COUNT - this.links.length;
    this.links.push(...links.slice(0, room));
    this.dropped.links += Math.max(0, links.length - room);
    return this;
  }

  /** Whatever was thrown: what is no error has no type. */
  recordException(exception: Exception | null | undefined, time?: TimeInput): void {
    if (exception === null || exception === undefined) return;
    const type = typeof exception === 'string' ? undefined : (exception.code?.toString() ?? exception.name);
    this.addEvent('exception', type === undefined ? {} : { 'exception.type': type }, time);
  }

  setStatus({ code }: SpanStatus): this {
    if (this.isRecording() && code !== SpanStatusCode.UNSET && this.status !== SpanStatusCode.OK) this.status = code;
    return this;
  }

  updateName(name: string): this {
    if (this.isRecording()) this.name = name;
    return this;
  }

  end(endTime?: TimeInput): void {
    if (!this.isRecording()) return;
    this.endMs = Math.max(this.startMs, this.#at(endTime));
    this.#isOver = true;
    this.#parts.ended(this);
  }

  /** A time that is none is the present. */
  #at(time: TimeInput | undefined): number {
    const given = time === undefined ? NaN : toEpochMs(time);
    return Number.isFinite(given) ? given : this.#parts.now();
  }
}

function isTimeInput(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value);
}
