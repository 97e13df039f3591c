/**
 * The layer's spans beside those of the official SDK and its serializer: whatever a program does with the OpenTelemetry
 * API, both export the same trace, as far as the allow-list lets it out.
 */
import {
  ROOT_CONTEXT,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { it } from 'vitest';
import { SCOPES, SPAN_NAMES } from '../../../../functions/contract/spans.ts';
import { encodeResource, encodeSpans } from '../../../../layers/otel/export/otlp-json.ts';
import { ALLOWED_ATTRIBUTES } from '../../../fixtures/allowed-attributes.ts';
import { MemoryExporter } from '../fixtures/memory-exporter.ts';
import { providerFor } from '../fixtures/provider.ts';

const RESOURCE = {
  'service.name': 'prior-auth-api',
  'faas.max_memory': 536870912,
  'host.list': ['a', 'b'],
  ratio: 0.5,
};
const START_MS = 1_795_430_527_118;
const CALLER = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };

const attributes = fc.record(
  Object.fromEntries(Object.entries(ALLOWED_ATTRIBUTES).map(([key, value]) => [key, fc.constant(value)])) as Record<
    string,
    fc.Arbitrary<never>
  >,
  { requiredKeys: [] },
);
const name = fc.constantFrom(...SPAN_NAMES);
const time = fc.integer({ min: 0, max: 8_000_000 }).map((microseconds) => START_MS + microseconds / 1000);
const link = fc.constant<Link>({ context: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 } });
/** What is done with a span. */
const call = fc.oneof(
  attributes.map((given) => (span: Span) => void span.setAttributes(given)),
  fc.constant((span: Span) => void span.setAttribute('prior_auth.npi.check_digit', 'valid')),
  name.map((given) => (span: Span) => void span.updateName(given)),
  link.map((given) => (span: Span) => void span.addLink(given)),
  link.map((given) => (span: Span) => void span.addLinks([given, given])),
  fc.constantFrom(...[0, 1, 2]).map((code: SpanStatusCode) => (span: Span) => void span.setStatus({ code })),
  fc.tuple(attributes, time).map(
    ([given, at]) =>
      (span: Span) =>
        void span.addEvent('exception', given, at),
  ),
  time.map((at) => (span: Span) => void span.addEvent('exception', at)),
  time.map((at) => (span: Span) => void span.addEvent('exception', undefined, at)),
  fc.tuple(time, time).map(
    ([first, at]) =>
      (span: Span) =>
        void span.addEvent('exception', first, at),
  ),
  time.map((at) => (span: Span) => span.recordException(new TypeError('no'), at)),
  time.map((at) => (span: Span) => span.recordException(Object.assign(new Error('no'), { code: 'ECONNRESET' }), at)),
  time.map((at) => (span: Span) => span.end(at)),
);
/** A span of a program; its parent is one of those before it, the caller's, or none. */
const step = fc.record({
  name,
  scope: fc.constantFrom(...SCOPES),
  parent: fc.integer({ min: -2, max: 8 }),
  root: fc.boolean(),
  kind: fc.integer({ min: 0, max: 4 }),
  attributes,
  links: fc.array(link, { maxLength: 2 }),
  startTime: time,
  calls: fc.array(call, { maxLength: 6 }),
  endTime: time,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function run(tracerOf: (scope: string) => Tracer, steps: readonly Step[]): void {
  const spans: { span: Span; below: Context }[] = [];
  for (const { name, scope, parent, calls, ...options } of steps) {
    const caller = parent === -1 ? trace.setSpanContext(ROOT_CONTEXT, CALLER) : ROOT_CONTEXT;
    const above = spans[parent]?.below ?? caller;
    const span = tracerOf(scope).startSpan(name, options, above);
    for (const work of calls) work(span);
    spans.push({ span, below: trace.setSpan(above, span) });
  }
  // The layer's spans leave when their root is over.
  for (const [index, { span }] of [...spans.entries()].reverse()) span.end(steps[index]?.endTime);
}

function official(steps: readonly Step[]): unknown {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: resourceFromAttributes(RESOURCE),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  run((scope) => provider.getTracer(scope), steps);
  return JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans())));
}

async function ours(steps: readonly Step[]): Promise<unknown> {
  const exporter = new MemoryExporter();
  const provider = providerFor({ exporter });
  run((scope) => provider.getTracer(scope), steps);
  await provider.forceFlush();
  return JSON.parse(encodeSpans(encodeResource(RESOURCE), exporter.spans));
}

type Json = Record<string, unknown>;
const DEFAULTS: readonly unknown[] = [0, '', null];
const isDefault = (value: unknown) =>
  DEFAULTS.includes(value) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
/** Texts of errors, which we never take. */
const MESSAGES = /^exception\.(message|stacktrace)$/;

/** The same trace for each order of its spans and each choice of ids, with what proto3 leaves out left out. */
function normalized(request: unknown): unknown {
  const ids = new Map<string, string>();
  const visit = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) {
      return value
        .filter((one: { key?: string }) => !MESSAGES.test(one.key ?? ''))
        .map((one) => visit(one))
        .filter((one) => !isDefault(one));
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value as Json).map(([name, one]) => [name, visit(one, name)] as const);
      return Object.fromEntries(entries.filter(([, one]) => !isDefault(one)));
    }
    if (/timeUnixNano$/i.test(key)) return toMicroseconds(value);
    if (!/^(traceId|spanId|parentSpanId)$/.test(key) || /^(a+|b+|c+|d+)$/.test(String(value))) return value;
    const known = ids.get(String(value)) ?? `${key === 'traceId' ? 'trace' : 'span'} ${ids.size}`;
    ids.set(String(value), known);
    return known;
  };
  const { resourceSpans } = request as {
    resourceSpans: { resource: Json; scopeSpans: { scope: Json; spans: Json[] }[] }[];
  };
  const spans = resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ scope: { name: scope['name'] }, ...span }))),
  );
  const inOrder = spans.toSorted((a: Json, b: Json) => (positionOf(a) < positionOf(b) ? -1 : 1));
  return visit({ resource: resourceSpans[0]?.resource, spans: inOrder });
}

/** Times and names tell spans apart. */
function positionOf({ startTimeUnixNano, endTimeUnixNano, name, kind, scope, parentSpanId, attributes }: Json): string {
  const times = [startTimeUnixNano, endTimeUnixNano].map(toMicroseconds);
  return JSON.stringify([times, name, kind, scope, parentSpanId === undefined, attributes]);
}

/** The layer's clock has no finer ones. */
function toMicroseconds(nanoseconds: unknown): string {
  return String((BigInt(String(nanoseconds)) + 500n) / 1000n);
}

it('whatever a program does with the API, the official SDK exports the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), async (steps) => {
      assert.deepEqual(normalized(await ours(steps)), normalized(official(steps)));
    }),
    { numRuns: 300 },
  );
});
