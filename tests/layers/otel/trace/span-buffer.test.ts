import { SpanStatusCode } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exporter } from '../../../../layers/otel/trace/exporter.ts';
import { MemoryExporter } from '../fixtures/memory-exporter.ts';
import { providerFor, startRoot } from '../fixtures/provider.ts';

const XRAY = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0';
/** Not even what is slow, as anything may be on a machine with other work. */
const KEEP_NOTHING = { OTEL_TRACES_SAMPLER_ARG: '0', OTEL_SLOW_REQUEST_MS: '900000' };

/** An exporter whose exports end when the test says so. */
class SlowExporter implements Exporter {
  readonly pending: (() => void)[] = [];
  export(): Promise<boolean> {
    return new Promise((resolve) => this.pending.push(() => resolve(true)));
  }
}

function names(exporter: MemoryExporter): string[] {
  return exporter.spans.map((span) => span.name);
}

describe('span buffer', () => {
  it('exports nothing before the root is over, and nothing twice', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const { root, below } = startRoot(provider);
    provider.getTracer('prior-auth').startSpan('validate_npi', {}, below).end();
    await provider.forceFlush();
    assert.deepEqual(names(exporter), []);
    root.end();
    await provider.forceFlush();
    await provider.forceFlush();
    assert.deepEqual(names(exporter), ['validate_npi', 'POST /prior-auth/submit']);
  });

  it('keeps requests that overlap apart', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter, environment: KEEP_NOTHING });
    const [failing, other] = [startRoot(provider), startRoot(provider)];
    provider.getTracer('prior-auth').startSpan('database_insert', {}, failing.below).end();
    provider.getTracer('prior-auth').startSpan('validate_npi', {}, other.below).end();
    failing.root.setStatus({ code: SpanStatusCode.ERROR }).end();
    await provider.forceFlush();
    other.root.end();
    await provider.forceFlush();
    assert.deepEqual(names(exporter), ['database_insert', 'POST /prior-auth/submit']);
  });

  it('takes a second root of the same X-Ray trace, after the first and beside it', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter, xrayHeader: XRAY });
    startRoot(provider).root.end();
    const [second, third] = [startRoot(provider), startRoot(provider)];
    second.root.end();
    third.root.end();
    await provider.forceFlush();
    const spans = exporter.spans;
    assert.equal(spans.length, 3);
    assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1);
    assert.deepEqual(
      spans.map((span) => span.parent),
      [undefined, undefined, undefined],
    );
  });

  it('waits with forgetting a trace until its last root is over', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter, xrayHeader: XRAY, environment: KEEP_NOTHING });
    const [first, second] = [startRoot(provider), startRoot(provider)];
    first.root.end();
    assert.equal(provider.isKept(first.root.spanContext().traceId), false);
    second.root.setStatus({ code: SpanStatusCode.ERROR }).end();
    assert.equal(provider.isKept(first.root.spanContext().traceId), true);
    await provider.forceFlush();
    assert.equal(exporter.spans.length, 2);
  });

  it('lets a span that ends after its root follow the decision', async () => {
    for (const [ratio, expected] of [
      ['1', ['POST /prior-auth/submit', 'database_insert']],
      ['0', []],
    ] as const) {
      const exporter = new MemoryExporter();
      const provider = providerFor({ exporter, environment: { ...KEEP_NOTHING, OTEL_TRACES_SAMPLER_ARG: ratio } });
      const { root, below } = startRoot(provider);
      const late = provider.getTracer('prior-auth').startSpan('database_insert', {}, below);
      root.end();
      late.end();
      await provider.forceFlush();
      assert.deepEqual(names(exporter), expected);
    }
  });

  it('drops what is more than 512 spans, never the root, and says so once', async () => {
    const exporter = new MemoryExporter();
    const said: string[] = [];
    const provider = providerFor({ exporter, said });
    const { root, below } = startRoot(provider);
    for (let i = 0; i < 600; i++) provider.getTracer('prior-auth').startSpan('validate_npi', {}, below).end();
    root.end();
    await provider.forceFlush();
    await provider.forceFlush();
    assert.equal(names(exporter).length, 513);
    assert.equal(names(exporter).at(-1), 'POST /prior-auth/submit');
    assert.equal(said.length, 1);

    exporter.spans.length = 0;
    const next = startRoot(provider);
    provider.getTracer('prior-auth').startSpan('validate_npi', {}, next.below).end();
    next.root.end();
    await provider.forceFlush();
    assert.equal(names(exporter).length, 2, 'there is room again');
  });

  it('has room again for each trace that it forgets', async () => {
    const exporter = new MemoryExporter();
    const said: string[] = [];
    const provider = providerFor({ exporter, said, environment: KEEP_NOTHING });
    for (let i = 0; i < 1000; i++) startRoot(provider).root.end();
    startRoot(provider).root.setStatus({ code: SpanStatusCode.ERROR }).end();
    await provider.forceFlush();
    assert.deepEqual([names(exporter).length, said], [1, []]);
  });

  it('does not grow by requests that never end, and still traces the next', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter, environment: KEEP_NOTHING });
    for (let i = 0; i < 1000; i++) {
      const { below } = startRoot(provider);
      provider.getTracer('prior-auth').startSpan('validate_npi', {}, below).end();
    }
    const { root, below } = startRoot(provider);
    provider.getTracer('prior-auth').startSpan('database_insert', {}, below).end();
    root.setStatus({ code: SpanStatusCode.ERROR }).end();
    await provider.forceFlush();
    assert.deepEqual(names(exporter), ['database_insert', 'POST /prior-auth/submit']);
  });

  it('flushes only when a flush under way, which may carry our spans, is over too', async () => {
    const exporter = new SlowExporter();
    const provider = providerFor({ exporter });
    startRoot(provider).root.end();
    const first = provider.forceFlush();
    let isDone = false;
    const second = provider.forceFlush().then(() => (isDone = true));
    await sleep(5);
    assert.equal(isDone, false);
    exporter.pending[0]!();
    await Promise.all([first, second]);
    assert.equal(exporter.pending.length, 1);
  });

  it('without an exporter makes spans with ids, keeps none and flushes at once', async () => {
    const provider = providerFor({ exporter: undefined });
    const { root } = startRoot(provider);
    root.setStatus({ code: SpanStatusCode.ERROR }).end();
    assert.match(root.spanContext().traceId, /^(?!0{32})[0-9a-f]{32}$/);
    assert.equal(provider.isKept(root.spanContext().traceId), false);
    await provider.forceFlush();
  });
});
