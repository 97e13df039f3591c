import { SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redact } from '../../../layers/otel/allow-list.ts';
import { isAllowed } from '../../../layers/otel/attribute-rules.ts';
import { providerFor, startRoot } from './fixtures/provider.ts';

const CANARIES = ['M12345-canary', '1234567893', 'Z00.00', 'canary spinal surgery', '/prior-auth/M12345-canary?m=1'];

async function finished(make: (provider: ReturnType<typeof providerFor>) => void): Promise<ReadableSpan[]> {
  const exporter = new InMemorySpanExporter();
  const provider = providerFor({ exporter });
  make(provider);
  await provider.forceFlush();
  return exporter.getFinishedSpans();
}

function exported(spans: ReadableSpan[]): string {
  return new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans.map(redact)));
}

const ALLOWED_ATTRIBUTES = {
  'http.request.method': 'POST',
  'http.route': '/prior-auth/{request_id}',
  'http.response.status_code': 201,
  'url.scheme': 'https',
  'faas.trigger': 'http',
  'faas.invocation_id': '6bc28136-a1b2-4c3d-8e9f-0123456789ab',
  'faas.coldstart': true,
  'db.system.name': 'postgresql',
  'db.operation.name': 'INSERT',
  'db.collection.name': 'prior_auth_requests',
  'db.query.summary': 'INSERT prior_auth_requests',
  'error.type': 'ECONNREFUSED',
  delay_ms: 2000,
  reason: 'Simulating database contention',
  'prior_auth.request_id': 'PA-00001',
  'prior_auth.npi.check_digit': 'valid',
  'prior_auth.idempotent_replay': true,
  'prior_auth.failed_fields': ['provider_npi', 'body'],
};

describe('allow-list of the exporter', () => {
  it('lets the spans of the contract through as they are', async () => {
    const [span] = await finished((provider) => {
      const { root } = startRoot(provider);
      root.setAttributes(ALLOWED_ATTRIBUTES).end();
    });
    const redacted = redact(span!);
    assert.equal(redacted.name, 'POST /prior-auth/submit');
    assert.deepEqual(redacted.attributes, ALLOWED_ATTRIBUTES);
    assert.equal(redacted.droppedAttributesCount, 0);
    assert.deepEqual([redacted.startTime, redacted.endTime], [span!.startTime, span!.endTime]);
    assert.equal(redacted.instrumentationScope.name, 'prior-auth-api');
  });

  it('lets no canary out of names, attributes, events, links, status or tracestate', async () => {
    for (const canary of CANARIES) {
      const spans = await finished((provider) => {
        const traceState = new TraceState(`vendor=${canary.replaceAll(/[^\w]/g, '')}`);
        const caller = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED, traceState };
        const { root, below } = startRoot(provider, trace.setSpanContext(startRoot(provider).below, caller));
        const span = provider.getTracer(canary, canary).startSpan(
          canary,
          {
            kind: SpanKind.CLIENT,
            attributes: { [canary]: 1, 'url.path': canary, 'url.query': canary, 'db.query.text': canary },
            links: [{ context: caller, attributes: { [canary]: canary } }, { context: { ...caller, traceId: canary } }],
          },
          below,
        );
        for (const key of Object.keys(ALLOWED_ATTRIBUTES)) span.setAttribute(key, canary);
        span.setAttributes({ 'prior_auth.failed_fields': [canary], body: [canary], delay_ms: { member: canary } });
        span.addEvent(canary, { [canary]: canary });
        span.addEvent('exception', { 'exception.message': canary, 'exception.stacktrace': canary });
        span.addEvent('exception', { 'exception.type': canary });
        span.recordException(Object.assign(new Error(canary), { detail: canary, name: 'PostgresError' }));
        span.setStatus({ code: SpanStatusCode.ERROR, message: canary });
        span.end();
        root.end();
      });
      assert.equal(spans.length, 2);
      const text = exported(spans);
      assert.ok(!text.includes(canary), text);
      assert.ok(!text.includes('vendor'), text);
      assert.match(text, /"name":"redacted"/);
      assert.match(text, /"exception.type","value":\{"stringValue":"PostgresError"\}/);
    }
  });

  it('counts what it removes', async () => {
    const [span] = await finished((provider) => {
      const { root } = startRoot(provider);
      root.setAttributes({ member_id: 'M1', 'http.response.status_code': 201 });
      root.addEvent('submitted').end();
    });
    const { droppedAttributesCount, droppedEventsCount, attributes } = redact(span!);
    assert.deepEqual([droppedAttributesCount, droppedEventsCount], [1, 1]);
    assert.deepEqual(attributes, { 'http.response.status_code': 201 });
  });

  it('lets no key pass that is not on it, whatever the value', () => {
    const key = fc.string().filter((name) => !(name in ALLOWED_ATTRIBUTES));
    fc.assert(fc.property(key, fc.anything(), (name, value) => assert.equal(isAllowed(name, value), false)));
    for (const name of ['constructor', '__proto__', 'url.path', 'url.query', 'exception.message']) {
      assert.equal(isAllowed(name, 'x'), false, name);
    }
  });

  it('lets no text pass that is longer than 128 characters or has a control character', () => {
    for (const key of Object.keys(ALLOWED_ATTRIBUTES)) {
      assert.equal(isAllowed(key, 'a'.repeat(129)), false, key);
      assert.equal(isAllowed(key, 'pending\n'), false, key);
    }
  });

  it('lets no number pass that is none of its kind', () => {
    for (const value of [1_234_567_893, -1, NaN, Infinity]) {
      assert.equal(isAllowed('delay_ms', value), false);
      assert.equal(isAllowed('http.response.status_code', value), false);
    }
  });

  it('knows statements and tables by their names, so that prose is none', () => {
    for (const name of ['CANARY', 'CREATE', 'select']) assert.equal(isAllowed('db.operation.name', name), false, name);
    for (const name of ['spinal_surgery', 'pg_authid', 'prior_auth_']) {
      assert.equal(isAllowed('db.collection.name', name), false, name);
    }
    for (const summary of ['CANARY of the patient', 'SELECT spinal_surgery', 'INSERT prior_auth_requests spinal']) {
      assert.equal(isAllowed('db.query.summary', summary), false, summary);
    }
  });

  it('knows error types by their shape', () => {
    const types = [
      '_OTHER',
      '504',
      'Error',
      'TypeError',
      'Problem',
      'ECONNRESET',
      'CONNECTION_CLOSED',
      '57014',
      'XX000',
    ];
    for (const type of types) assert.equal(isAllowed('error.type', type), true, type);
    for (const type of ['M12345', 'Z0000', '200', 'a message', 'error']) {
      assert.equal(isAllowed('error.type', type), false, type);
    }
  });
});
