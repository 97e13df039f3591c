import { SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { isAllowed } from '../../../../layers/otel/redaction/allow-list.ts';
import { encodeSpans } from '../../../../layers/otel/export/otlp-json.ts';
import { ALLOWED_ATTRIBUTES } from '../../../fixtures/allowed-attributes.ts';
import { MemoryExporter } from '../fixtures/memory-exporter.ts';
import { providerFor, startRoot } from '../fixtures/provider.ts';

const CANARIES = ['M12345-canary', '1234567893', 'Z00.00', 'canary spinal surgery', '/prior-auth/M12345-canary?m=1'];

/** What leaves of the spans that `make` makes. */
async function exported(make: (provider: ReturnType<typeof providerFor>) => void): Promise<string> {
  const exporter = new MemoryExporter();
  const provider = providerFor({ exporter });
  make(provider);
  await provider.forceFlush();
  return encodeSpans('{}', exporter.spans);
}

describe('allow-list of the exporter', () => {
  it('lets no canary out of names, attributes, events, links, status or tracestate', async () => {
    for (const canary of CANARIES) {
      const text = await exported((provider) => {
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
        span.setAttributes({ 'prior_auth.failed_fields': [canary], body: [canary] });
        span.setAttribute('delay_ms', { member: canary });
        span.addEvent(canary, { [canary]: canary });
        span.addEvent('exception', { 'exception.message': canary, 'exception.stacktrace': canary });
        span.addEvent('exception', { 'exception.type': canary });
        span.recordException(canary);
        span.recordException(Object.assign(new Error(canary), { detail: canary, name: 'PostgresError' }));
        span.setStatus({ code: SpanStatusCode.ERROR, message: canary });
        span.end();
        root.end();
      });
      assert.ok(!text.includes(canary), text);
      assert.ok(!text.includes('vendor'), text);
      assert.match(text, /"scope":\{"name":"redacted"\},"spans":\[\{[^[]*"name":"redacted"/);
      assert.match(text, /"exception.type","value":\{"stringValue":"PostgresError"\}/);
      assert.equal(text.match(/"spanId"/g)?.length, 3, 'two spans, and the one link that is valid');
    }
  });

  it('counts what it removes', async () => {
    const text = await exported((provider) => {
      const { root } = startRoot(provider);
      root.setAttributes({ member_id: 'M1', 'http.response.status_code': 201 });
      root.addLink({ context: { traceId: 'none', spanId: 'none', traceFlags: 0 } });
      root.addEvent('submitted').addEvent('exception', { 'exception.message': 'M1' }).end();
    });
    const attributes = '"attributes":[{"key":"http.response.status_code","value":{"intValue":201}}]';
    assert.ok(text.includes(`${attributes},"droppedAttributesCount":1,`), text);
    assert.match(text, /"events":\[\{"droppedAttributesCount":1,[^\]]*\}\],"droppedEventsCount":1,/);
    assert.match(text, /"links":\[\],"droppedLinksCount":1,/);
  });

  it('knows every attribute by a value that it may have', () => {
    for (const [key, value] of Object.entries(ALLOWED_ATTRIBUTES)) assert.ok(isAllowed(key, value), key);
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
