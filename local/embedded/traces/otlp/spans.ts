import type { Log, Process, Reference, Span, Tag } from '../trace.ts';
import { toTags } from './attributes.ts';
import { requestSchema, spanSchema, type OtlpSpan, type Resource, type Scope } from './schema.ts';

/** What Jaeger's own sanitizer writes. */
const NO_SERVICE_NAME = 'missing-service-name';

/** `SpanKind` of opentelemetry/proto/trace/v1/trace.proto; 0 is "unspecified" and makes no tag. */
const SPAN_KINDS = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'];

/** `StatusCode` of the same file; 0 is "unset" and makes no tag. */
const STATUS_CODES = [undefined, 'OK', 'ERROR'];

/**
 * The spans of an export request, and how many of them could not be taken (no valid ids, members of a wrong type).
 * @throws a ZodError when the request around the spans has another shape.
 */
export function readSpans(request: unknown): { spans: Span[]; rejected: number } {
  const spans: Span[] = [];
  let rejected = 0;
  for (const { resource, scopeSpans } of requestSchema.parse(request).resourceSpans ?? []) {
    const process = toProcess(resource);
    for (const { scope, spans: candidates } of scopeSpans ?? []) {
      for (const candidate of candidates ?? []) {
        const parsed = spanSchema.safeParse(candidate);
        if (parsed.success) spans.push(toSpan(parsed.data, scope ?? {}, process));
        else rejected += 1;
      }
    }
  }
  return { spans, rejected };
}

function toProcess(resource: Resource): Process {
  const tags = toTags(resource?.attributes);
  const serviceName = tags.find((tag) => tag.key === 'service.name' && tag.type === 'string')?.value;
  return {
    serviceName: serviceName === undefined || serviceName === '' ? NO_SERVICE_NAME : String(serviceName),
    tags: tags.filter((tag) => tag.key !== 'service.name'),
  };
}

/** Times are cut to microseconds as Jaeger cuts them, so a child may seem to end one microsecond after its parent. */
function toSpan(span: OtlpSpan, scope: Scope, process: Process): Span {
  const start = span.startTimeUnixNano ?? 0n;
  const end = span.endTimeUnixNano ?? 0n;
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    operationName: span.name ?? '',
    references: toReferences(span),
    startTime: toMicroseconds(start),
    duration: end > start ? toMicroseconds(end - start) : 0,
    tags: toSpanTags(span, scope),
    logs: toLogs(span),
    process,
  };
}

function toMicroseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n);
}

function toReferences({ traceId, parentSpanId, links }: OtlpSpan): Reference[] {
  const followed: Reference[] = (links ?? []).map((link) => ({
    refType: 'FOLLOWS_FROM',
    traceID: link.traceId,
    spanID: link.spanId,
  }));
  return parentSpanId == null
    ? followed
    : [{ refType: 'CHILD_OF', traceID: traceId, spanID: parentSpanId }, ...followed];
}

/** In the order in which Jaeger lists them. */
function toSpanTags(span: OtlpSpan, scope: Scope): Tag[] {
  return [
    ...stringTag('otel.scope.name', scope.name),
    ...stringTag('otel.scope.version', scope.version),
    ...toTags(span.attributes),
    ...stringTag('span.kind', SPAN_KINDS[span.kind ?? 0]),
    ...stringTag('otel.status_code', STATUS_CODES[span.status?.code ?? 0]),
    ...(STATUS_CODES[span.status?.code ?? 0] === 'ERROR' ? [{ key: 'error', type: 'bool', value: true } as const] : []),
    ...stringTag('otel.status_description', span.status?.message),
    ...stringTag('w3c.tracestate', span.traceState),
  ];
}

function stringTag(key: string, value: string | null | undefined): Tag[] {
  return value == null || value === '' ? [] : [{ key, type: 'string', value }];
}

function toLogs({ events }: OtlpSpan): Log[] {
  return (events ?? []).map((event) => ({
    timestamp: toMicroseconds(event.timeUnixNano ?? 0n),
    fields: [...stringTag('event', event.name), ...toTags(event.attributes)],
  }));
}
