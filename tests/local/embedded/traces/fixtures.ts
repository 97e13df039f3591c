import { request } from 'node:http';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TestContext } from 'vitest';
import * as z from 'zod/mini';
import { startTraces, type Traces } from '../../../../local/embedded/traces/start.ts';
import type { Span } from '../../../../local/embedded/traces/trace.ts';

/** 22 November 2026, 12:00:00 UTC, in microseconds. */
export const NOON = Date.UTC(2026, 10, 22, 12) * 1000;

/** A trace id that ends with a number. */
export function traceID(number: number): string {
  return (0xabc * 2 ** 32 + number).toString(16).padStart(32, '0');
}

let lastSpanID = 0;

/** A stored span of `prior-auth-api`; every call makes another span id. */
export function storedSpan(overrides: Partial<Span> & { service?: string } = {}): Span {
  const { service = 'prior-auth-api', ...members } = overrides;
  lastSpanID += 1;
  return {
    traceID: traceID(1),
    spanID: lastSpanID.toString(16).padStart(16, '0'),
    operationName: 'database_insert',
    references: [],
    startTime: NOON,
    duration: 5_000,
    tags: [],
    logs: [],
    process: { serviceName: service, tags: [] },
    ...members,
  };
}

const ATTRIBUTES: Attributes = {
  'db.system.name': 'postgresql',
  delay_ms: 2000,
  'share.of_total': 0.97,
  'faas.coldstart': true,
  'retry.delays': [1, 2.5],
  'db.response.rows': -3,
  'text.unicode': 'né à Zürich',
};

/** What the SDK makes of a submit that failed in the database: every kind of attribute, an event, a status, a link. */
export function failedSubmit(attributes = ATTRIBUTES): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': 'prior-auth-api', 'faas.max_memory': 536_870_912 }),
    ),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('prior-auth', '0.1.0');
  const milliseconds = NOON / 1000;
  const root = tracer.startSpan('POST /prior-auth/submit', { kind: SpanKind.SERVER, startTime: milliseconds });
  const child = tracer.startSpan(
    'database_insert',
    {
      kind: SpanKind.CLIENT,
      startTime: milliseconds + 4,
      links: [{ context: { traceId: traceID(9), spanId: '00000000000000ab', traceFlags: 1 } }],
      attributes,
    },
    trace.setSpan(ROOT_CONTEXT, root),
  );
  child.addEvent('retry', { attempt: 1 }, milliseconds + 6);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'unavailable' });
  child.end(milliseconds + 9);
  root.end(milliseconds + 42);
  return exporter.getFinishedSpans();
}

/** The embedded trace store on free ports, stopped with the test. */
export async function running(
  t: TestContext,
  options: { maxSpans?: number; maxLogLines?: number; maxBodyBytes?: number } = {},
): Promise<Traces> {
  const traces = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: 0, ...options });
  t.onTestFinished(() => traces.close());
  return traces;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** One request by node:http, which sends any Host header and path as they are. */
export function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const received = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(received),
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const tags = z.array(z.object({ key: z.string(), type: z.string(), value: z.unknown() }));

const traceSchema = z.object({
  traceID: z.string(),
  spans: z.array(
    z.object({
      spanID: z.string(),
      operationName: z.string(),
      references: z.array(z.object({ refType: z.string(), traceID: z.string(), spanID: z.string() })),
      startTime: z.number(),
      duration: z.number(),
      tags,
      logs: z.array(z.object({ timestamp: z.number(), fields: tags })),
      processID: z.string(),
    }),
  ),
  processes: z.record(z.string(), z.object({ serviceName: z.string(), tags })),
});

const apiErrors = z.nullable(
  z.array(z.object({ code: z.optional(z.number()), msg: z.string(), traceID: z.optional(z.string()) })),
);

function envelope<T extends z.ZodMiniType>(data: T) {
  return z.object({ data, total: z.number(), limit: z.number(), offset: z.number(), errors: apiErrors });
}

const traceList = envelope(z.nullable(z.array(traceSchema)));
const anything = envelope(z.unknown());

/** An answer of the API with traces in it. */
export async function readTraces(port: number, path: string) {
  const { status, body } = await send(port, path);
  const { data, errors } = traceList.parse(JSON.parse(body.toString()));
  return { status, traces: data ?? [], errors };
}

/** Any answer of the API. */
export async function read(port: number, path: string) {
  const { status, body } = await send(port, path);
  return { status, ...anything.parse(JSON.parse(body.toString())) };
}
