import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { traceParentPropagator } from '../../../../layers/otel/trace/propagator.ts';
import { createSampling } from '../../../../layers/otel/trace/sampling.ts';
import { MemoryExporter } from '../fixtures/memory-exporter.ts';
import { providerFor, startRoot } from '../fixtures/provider.ts';

const XRAY_TRACE = '5759e988bd862e3fe1be46a994272793';
const XRAY = {
  absent: undefined,
  'Sampled=0': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
  'Sampled=1': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  malformed: 'Root=1-5759e988;Parent=53995c3f42cd8ad8;Sampled=1',
};

const CALLER_TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';
const TRACEPARENT = {
  absent: undefined,
  sampled: `00-${CALLER_TRACE}-${CALLER_SPAN}-01`,
  'not sampled': `00-${CALLER_TRACE}-${CALLER_SPAN}-00`,
  'of a later version': `cc-${CALLER_TRACE}-${CALLER_SPAN}-01-more`,
  'too short': `00-${CALLER_TRACE}-${CALLER_SPAN}`,
  'too long': `00-${CALLER_TRACE}-${CALLER_SPAN}-01-more`,
  'in capitals': `00-${CALLER_TRACE.toUpperCase()}-${CALLER_SPAN}-01`,
  'version ff': `ff-${CALLER_TRACE}-${CALLER_SPAN}-01`,
  'zero trace id': `00-${'0'.repeat(32)}-${CALLER_SPAN}-01`,
  'zero span id': `00-${CALLER_TRACE}-${'0'.repeat(16)}-01`,
  'sent twice': [`00-${CALLER_TRACE}-${CALLER_SPAN}-01`, `00-${CALLER_TRACE}-${CALLER_SPAN}-01`].join(),
};
const VALID_TRACEPARENTS = ['sampled', 'not sampled', 'of a later version'];

/** What is slow; nothing else here takes as long, whatever other work the machine has. */
const SLOW_MS = 600_000;
const OUTCOMES = ['ordinary', 'failed below', 'slow'] as const;

/** One request: a root and a child, decided, flushed. */
async function request(
  xrayHeader: string | undefined,
  traceparent: string | undefined,
  outcome: string,
  ratio: string,
) {
  const exporter = new MemoryExporter();
  const environment = { OTEL_TRACES_SAMPLER_ARG: ratio, OTEL_SLOW_REQUEST_MS: String(SLOW_MS) };
  const provider = providerFor({ exporter, xrayHeader, environment });
  const headers = { ...(traceparent !== undefined && { traceparent }), tracestate: 'vendor=anything' };
  const parent = traceParentPropagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  const tracer = provider.getTracer('prior-auth');
  const { root, below } = startRoot(provider, parent);
  const child = tracer.startSpan('database_insert', { kind: SpanKind.CLIENT }, below);
  if (outcome === 'failed below') child.setStatus({ code: SpanStatusCode.ERROR });
  child.end();
  root.end(outcome === 'slow' ? Date.now() + 2 * SLOW_MS : undefined);
  const isKept = provider.isKept(root.spanContext().traceId);
  await provider.forceFlush();
  return { root: root.spanContext(), child: child.spanContext(), isKept, exported: exporter.spans };
}

describe('parent and sampling, by X-Ray header, traceparent and outcome', () => {
  for (const [xray, xrayHeader] of Object.entries(XRAY)) {
    for (const [kind, traceparent] of Object.entries(TRACEPARENT)) {
      for (const outcome of OUTCOMES) {
        it(`X-Ray ${xray}, traceparent ${kind}, ${outcome}`, async () => {
          for (const ratio of ['0', '1']) {
            const { root, child, isKept, exported } = await request(xrayHeader, traceparent, outcome, ratio);
            const kept = ratio === '1' || outcome !== 'ordinary';
            assert.equal(isKept, kept);
            assert.equal(exported.length, kept ? 2 : 0, 'a trace is kept or forgotten as a whole');

            const hasParent = VALID_TRACEPARENTS.includes(kind);
            const hasXrayId = !hasParent && xray.startsWith('Sampled');
            if (hasParent) assert.equal(root.traceId, CALLER_TRACE);
            else if (hasXrayId) assert.equal(root.traceId, XRAY_TRACE);
            else assert.ok(![CALLER_TRACE, XRAY_TRACE].includes(root.traceId));
            assert.equal(child.traceId, root.traceId);
            assert.deepEqual([root.traceFlags, child.traceFlags], [1, 1], "a caller's flag is not obeyed");
            assert.equal(root.traceState, undefined);
            if (!kept) continue;
            const [exportedChild, exportedRoot] = exported;
            assert.equal(exportedRoot?.parent?.spanId, hasParent ? CALLER_SPAN : undefined);
            assert.equal(exportedChild?.parent?.spanId, root.spanId);
          }
        });
      }
    }
  }
});

describe('sampling', () => {
  it('keeps the ratio of ordinary traces, by trace id alone', async () => {
    const exporter = new MemoryExporter();
    const environment = { OTEL_TRACES_SAMPLER_ARG: '0.25', OTEL_SLOW_REQUEST_MS: String(SLOW_MS) };
    const [one, other] = [providerFor({ exporter, environment }), providerFor({ exporter, environment })];
    let kept = 0;
    for (let i = 0; i < 400; i++) {
      const { root } = startRoot(one);
      const carrier: Record<string, string> = {};
      root.end();
      const { traceId, spanId } = root.spanContext();
      carrier['traceparent'] = `00-${traceId}-${spanId}-00`;
      startRoot(other, traceParentPropagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)).root.end();
      assert.equal(one.isKept(traceId), other.isKept(traceId));
      if (one.isKept(traceId)) kept += 1;
      await one.forceFlush();
    }
    assert.ok(kept > 50 && kept < 150, `${kept} of 400`);
  });

  it('calls a root slow to the part of a second', () => {
    const environment = { OTEL_TRACES_SAMPLER_ARG: '0', OTEL_SLOW_REQUEST_MS: '1500' };
    const provider = providerFor({ exporter: new MemoryExporter(), environment });
    const isKept = (nanoseconds: number) => {
      const root = provider.getTracer('prior-auth-api').startSpan('GET /health', { startTime: [1, 0] }, ROOT_CONTEXT);
      root.end([2, nanoseconds]);
      return provider.isKept(root.spanContext().traceId);
    };
    assert.deepEqual([isKept(499_999_999), isKept(500_000_000)], [false, true]);
  });

  it('looks at the end of the id, where X-Ray is random, too', () => {
    const picks = (ratio: number, end: string) =>
      createSampling({ ratio, slowMs: 1000 }).isSampled(`${'f'.repeat(19)}${end}`);
    assert.deepEqual(
      ['0000000000000', '3ffffffffffff', '4000000000000', 'fffffffffffff'].map((end) => picks(0.25, end)),
      [true, true, false, false],
    );
    assert.deepEqual([picks(1, 'fffffffffffff'), picks(0, '0000000000000')], [true, false]);
  });

  it('knows nothing of a trace that it never saw', () => {
    assert.equal(providerFor({ exporter: new MemoryExporter() }).isKept(CALLER_TRACE), false);
  });
});

describe('traceparent', () => {
  it("makes a remote parent that counts as sampled, whatever the caller's flag", () => {
    const headers = { traceparent: TRACEPARENT['not sampled'], tracestate: 'vendor=anything' };
    const parent = traceParentPropagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
    assert.deepEqual(trace.getSpanContext(parent), {
      traceId: CALLER_TRACE,
      spanId: CALLER_SPAN,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it('is read as OpenTelemetry reads it', () => {
    const ids = `${CALLER_TRACE}-${CALLER_SPAN}`;
    const headers = [
      ...['00', '01', 'fe', 'ff', '0', 'zz', ''].map((version) => `${version}-${ids}-01`),
      ...['01-', '01-more', '01more', '0', '1z', ''].flatMap((rest) => [`00-${ids}-${rest}`, `cc-${ids}-${rest}`]),
      `00-${'0'.repeat(32)}-${CALLER_SPAN}-01`,
      `00-${CALLER_TRACE}-${'0'.repeat(16)}-01`,
      `00-${ids.toUpperCase()}-01`,
      `00-${ids.slice(1)}-01`,
      `x00-${ids}-01`,
      '',
    ];
    for (const traceparent of headers) {
      const parent = traceParentPropagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
      const expected = parseTraceParent(traceparent);
      const { traceId, spanId } = trace.getSpanContext(parent) ?? {};
      assert.deepEqual([traceId, spanId], [expected?.traceId, expected?.spanId], traceparent);
    }
  });

  it('is not passed on', () => {
    const { below } = startRoot(providerFor({ exporter: new MemoryExporter() }));
    const carrier = {};
    traceParentPropagator.inject(below, carrier, defaultTextMapSetter);
    assert.deepEqual(carrier, {});
  });
});
