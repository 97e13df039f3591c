import { trace, type TracerProvider } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'vitest';
import { flush, idsOf, isKept } from '../../../functions/runtime/telemetry.ts';

const plain: TracerProvider = { getTracer: () => trace.getTracer('none') };

afterEach(() => {
  trace.disable();
});

const WITHOUT: [string, () => void][] = [
  ['no layer', () => undefined],
  ['a provider of another kind', () => trace.setGlobalTracerProvider(plain)],
];
for (const [what, register] of WITHOUT) {
  test(`with ${what} no trace is kept and a flush has nothing to do`, async () => {
    register();
    assert.equal(isKept('a'.repeat(32)), false);
    await flush();
  });
}

test('a layer that registered itself is found behind the global provider', async () => {
  let flushed = 0;
  const layer = {
    ...plain,
    isKept: (traceId: string) => traceId === 'kept',
    endInvocation: () => {
      flushed++;
      return Promise.resolve();
    },
  };
  trace.setGlobalTracerProvider(layer);
  await flush();
  assert.deepEqual([flushed, isKept('kept'), isKept('other')], [1, true, false]);
});

describe('the ids of a span', () => {
  const span = (traceId: string, spanId: string) => ({ spanContext: () => ({ traceId, spanId }) });

  test('are its own', () => {
    const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
    assert.deepEqual(idsOf(span(traceId, spanId)), { traceId, spanId });
  });

  test('are made up where it has none, each time others', () => {
    const none = span('0'.repeat(32), '0'.repeat(16));
    const [one, other] = [idsOf(none), idsOf(none)];
    assert.match(one.traceId, /^(?!0+$)[0-9a-f]{32}$/);
    assert.match(one.spanId, /^(?!0+$)[0-9a-f]{16}$/);
    assert.notEqual(one.traceId, other.traceId);
  });
});
