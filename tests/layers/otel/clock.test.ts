import type { HrTime } from '@opentelemetry/api';
import { hrTimeToMilliseconds, hrTimeToNanoseconds } from '@opentelemetry/core';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock } from '../../../layers/otel/clock.ts';
import { providerFor, startRoot } from './fixtures/provider.ts';

describe('clock', () => {
  it('follows the monotonic clock while the wall clock ticks in whole milliseconds', () => {
    let monotonic = 7;
    const now = createClock(
      () => Math.floor(1_795_000_000_000 + monotonic - 7),
      () => monotonic,
    );
    const read: number[] = [];
    for (; monotonic < 10; monotonic += 0.25) read.push(hrTimeToMilliseconds(now()) - 1_795_000_000_000);
    assert.deepEqual(read, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75]);
  });

  it('goes by the wall clock again after a freeze, in which the monotonic one stood still', () => {
    let wall = 1_795_000_000_000;
    const now = createClock(
      () => wall,
      () => 7,
    );
    wall += 20;
    assert.equal(hrTimeToMilliseconds(now()), 1_795_000_000_000);
    wall += 600_000;
    assert.equal(hrTimeToMilliseconds(now()), 1_795_000_600_020);
  });
});

describe('span times', () => {
  it('lie within those of the parent, to the microsecond, however slow a step is', async (context) => {
    const exporter = new InMemorySpanExporter();
    const provider = providerFor({ exporter });
    const tracer = provider.getTracer('prior-auth');
    const wall = Date.now.bind(Date);
    context.mock.method(Date, 'now', () => {
      busyFor(Math.random() * 3);
      return wall();
    });
    for (let i = 0; i < 40; i++) {
      const { root, below } = startRoot(provider);
      busyFor(0.37);
      tracer.startSpan('validate_npi', {}, below).end();
      root.end();
    }
    await provider.forceFlush();
    const spans = exporter.getFinishedSpans();
    for (let i = 0; i < spans.length; i += 2) {
      const [child, root] = [spans[i]!, spans[i + 1]!];
      assert.equal(child.parentSpanContext?.spanId, root.spanContext().spanId);
      const times: HrTime[] = [root.startTime, child.startTime, child.endTime, root.endTime];
      const nanoseconds = times.map(hrTimeToNanoseconds);
      assert.deepEqual(
        nanoseconds,
        nanoseconds.toSorted((a, b) => a - b),
      );
    }
  });

  it('tell durations below a millisecond', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = providerFor({ exporter });
    for (let i = 0; i < 20; i++) {
      const { root } = startRoot(provider);
      busyFor(0.37);
      root.end();
    }
    await provider.forceFlush();
    for (const { duration } of exporter.getFinishedSpans()) assert.ok(hrTimeToMilliseconds(duration) >= 0.369);
  });

  it('are the present, by either way to start a span', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = providerFor({ exporter });
    const before = Date.now() - 1;
    startRoot(provider).root.end();
    provider.getTracer('prior-auth').startActiveSpan('GET /health', (span) => span.end());
    await provider.forceFlush();
    const after = Date.now() + 1;
    for (const { startTime, endTime } of exporter.getFinishedSpans()) {
      const [start, end] = [hrTimeToMilliseconds(startTime), hrTimeToMilliseconds(endTime)];
      assert.ok(before <= start && start <= end && end <= after, `${before} ${start} ${end} ${after}`);
    }
  });

  it('are kept once per tracer, however often it is asked for', () => {
    const provider = providerFor({ exporter: undefined });
    for (let i = 0; i < 20_000; i++) provider.getTracer('prior-auth');
    provider.getTracer('prior-auth').startSpan('validate_npi').end();
  });

  it('stay what the caller chose where he did', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = providerFor({ exporter });
    const tracer = provider.getTracer('prior-auth');
    const now = Date.now();
    tracer.startSpan('GET /health', { startTime: now - 1 }).end(now);
    tracer.startSpan('GET /health', { startTime: now - 3000.25 }).end();
    await provider.forceFlush();
    const [both, start] = exporter.getFinishedSpans();
    assert.equal(hrTimeToMilliseconds(both!.startTime), now - 1);
    assert.equal(hrTimeToMilliseconds(both!.endTime), now);
    assert.equal(hrTimeToMilliseconds(start!.startTime), now - 3000.25);
    assert.ok(hrTimeToMilliseconds(start!.endTime) >= now - 1);
  });
});

function busyFor(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
