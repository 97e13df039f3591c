import { context, ROOT_CONTEXT, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AsyncContextManager } from '../../../../layers/otel/trace/context-manager.ts';
import { MemoryExporter } from '../fixtures/memory-exporter.ts';
import { providerFor, startRoot } from '../fixtures/provider.ts';

const MAX_COUNT = 128;

describe('a tracer', () => {
  before(() => context.setGlobalContextManager(new AsyncContextManager()));
  after(() => context.disable());

  it('makes a span the active one while work is done, given options or a context or neither', () => {
    const tracer = providerFor({ exporter: undefined }).getTracer('prior-auth');
    const { root, below } = startRoot(providerFor({ exporter: undefined }));
    const active = (span: Span) => [trace.getActiveSpan() === span, span.spanContext().traceId] as const;
    const { traceId } = root.spanContext();
    assert.deepEqual(
      context.with(below, () => tracer.startActiveSpan('validate_npi', active)),
      [true, traceId],
    );
    assert.deepEqual(
      context.with(below, () => tracer.startActiveSpan('validate_npi', {}, active)),
      [true, traceId],
    );
    assert.deepEqual(tracer.startActiveSpan('validate_npi', {}, below, active), [true, traceId]);
    // As a program in JavaScript may call it.
    const loose = tracer.startActiveSpan.bind(tracer) as (...given: unknown[]) => unknown;
    assert.deepEqual(
      context.with(below, () => loose('validate_npi', undefined, undefined, active)),
      [true, traceId],
    );
    assert.equal(trace.getActiveSpan(), undefined);
  });

  it('begins a new trace where that is asked for, and below no valid span', () => {
    const provider = providerFor({ exporter: undefined });
    const { root, below } = startRoot(provider);
    const invalid = trace.setSpanContext(ROOT_CONTEXT, { traceId: 'x', spanId: 'y', traceFlags: 1 });
    for (const span of [
      provider.getTracer('prior-auth').startSpan('validate_npi', { root: true }, below),
      provider.getTracer('prior-auth').startSpan('validate_npi', {}, invalid),
    ]) {
      assert.match(span.spanContext().traceId, /^[\da-f]{32}$/);
      assert.notEqual(span.spanContext().traceId, root.spanContext().traceId);
    }
  });

  it('is one for a name, so that asking for it costs nothing', () => {
    const provider = providerFor({ exporter: undefined });
    assert.equal(provider.getTracer('prior-auth'), provider.getTracer('prior-auth'));
    assert.notEqual(provider.getTracer('prior-auth'), provider.getTracer('prior-auth-api'));
  });
});

describe('a span', () => {
  it('stays bounded whatever is done with it, and counts what went beyond', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const { root } = startRoot(provider);
    const context = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 };
    for (let i = 0; i < MAX_COUNT + 3; i++) {
      root.setAttribute(`key ${i}`, i).addEvent('exception').addLinks([{ context }, { context }]);
    }
    root.setAttribute('key 0', 'again');
    root.end();
    await provider.forceFlush();
    const [span] = exporter.spans;
    assert.ok(span);
    assert.deepEqual([span.attributes.size, span.events.length, span.links.length], [128, 128, 128]);
    assert.deepEqual(span.dropped, { attributes: 3, events: 3, links: 134 });
    assert.equal(span.attributes.get('key 0'), 'again');
  });

  it('takes what a program in JavaScript may give, and is over by its first end', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const { root } = startRoot(provider);
    root
      .addEvent('exception', undefined, 5000)
      .addEvent('exception', 1, 6000)
      .addEvent('exception', null as never);
    root.recordException(undefined as never);
    root.end(new Date(NaN));
    root.end();
    await provider.forceFlush();
    const [span] = exporter.spans;
    assert.equal(exporter.spans.length, 1);
    assert.deepEqual(
      span?.events.slice(0, 2).map(({ timeMs }) => timeMs),
      [5000, 6000],
    );
    assert.deepEqual(
      span.events.map(({ attributes }) => attributes),
      [{}, {}, {}],
    );
    assert.ok(span.endMs >= span.startMs);
  });

  it('is what it was once it is over', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const { root } = startRoot(provider);
    root.end(Date.now() + 5);
    assert.equal(root.isRecording(), false);
    const before = structuredClone(root);
    const link = { context: root.spanContext() };
    root
      .setAttribute('a', 1)
      .setAttributes({ b: 2 })
      .addEvent('exception')
      .addLink(link)
      .setStatus({ code: SpanStatusCode.ERROR });
    root.updateName('GET /health').recordException(new Error('late'));
    root.end(Date.now() + 50);
    assert.deepEqual(structuredClone(root), before);
    await provider.forceFlush();
    assert.equal(exporter.spans.length, 1);
  });
});
