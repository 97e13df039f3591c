import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock } from '../../../../layers/otel/trace/clock.ts';
import { MemoryExporter } from '../fixtures/memory-exporter.ts';
import { providerFor, startRoot } from '../fixtures/provider.ts';

describe('clock', () => {
  it('follows the monotonic clock while the wall clock ticks in whole milliseconds', () => {
    let monotonic = 7;
    const now = createClock(
      () => Math.floor(1_795_000_000_000 + monotonic - 7),
      () => monotonic,
    );
    const read: number[] = [];
    for (; monotonic < 10; monotonic += 0.25) read.push(now() - 1_795_000_000_000);
    assert.deepEqual(read, [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75]);
  });

  it('goes by the wall clock again after a freeze, in which the monotonic one stood still', () => {
    let wall = 1_795_000_000_000;
    const now = createClock(
      () => wall,
      () => 7,
    );
    wall += 20;
    assert.equal(now(), 1_795_000_000_000);
    wall += 600_000;
    assert.equal(now(), 1_795_000_600_020);
  });
});

describe('a clock whose process is held up between its two readings', () => {
  /** Time passes by itself only where a reading of the wall clock is held up. */
  function heldUp() {
    const held = { ms: 0, time: 1000.9 };
    const wall = () => {
      const read = Math.floor(held.time);
      held.time += held.ms;
      held.ms = 0;
      return read;
    };
    return { held, make: () => createClock(wall, () => held.time) };
  }

  it('keeps its course', () => {
    const { held, make } = heldUp();
    const now = make();
    held.time += 0.5;
    const before = now();
    held.ms = 25;
    assert.equal(now(), before + 25);
  });

  it('is right from its beginning', () => {
    const { held, make } = heldUp();
    held.ms = 15;
    const now = make();
    assert.ok(Math.abs(now() - held.time) <= 1, `${now()} at ${held.time}`);
  });
});

describe('span times', () => {
  it('lie within those of the parent, to the microsecond, however slow a step is', async (context) => {
    const exporter = new MemoryExporter();
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
    const spans = exporter.spans;
    for (let i = 0; i < spans.length; i += 2) {
      const [child, root] = [spans[i]!, spans[i + 1]!];
      assert.equal(child.parent?.spanId, root.spanContext().spanId);
      const times = [root.startMs, child.startMs, child.endMs, root.endMs];
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    }
  });

  it('tell durations below a millisecond', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    for (let i = 0; i < 20; i++) {
      const { root } = startRoot(provider);
      busyFor(0.37);
      root.end();
    }
    await provider.forceFlush();
    for (const { durationMs } of exporter.spans) assert.ok(durationMs >= 0.369);
  });

  it('are the present, by either way to start a span', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const before = Date.now() - 1;
    startRoot(provider).root.end();
    provider.getTracer('prior-auth').startActiveSpan('GET /health', (span) => span.end());
    await provider.forceFlush();
    const after = Date.now() + 1;
    for (const { startMs: start, endMs: end } of exporter.spans) {
      assert.ok(before <= start && start <= end && end <= after, `${before} ${start} ${end} ${after}`);
    }
  });

  it('stay what the caller chose where he did', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const tracer = provider.getTracer('prior-auth');
    const now = Date.now();
    tracer.startSpan('GET /health', { startTime: now - 1 }).end(new Date(now));
    tracer.startSpan('GET /health', { startTime: [now / 1000 - 3, 250_000] }).end();
    tracer.startSpan('GET /health', { startTime: performance.now() }).end();
    await provider.forceFlush();
    const [both, start, monotonic] = exporter.spans;
    assert.deepEqual([both?.startMs, both?.endMs], [now - 1, now]);
    assert.ok(Math.abs(start!.startMs - (now - 2999.75)) < 0.001);
    assert.ok(start!.endMs >= now - 1);
    assert.ok(monotonic!.startMs >= now - 1000 && monotonic!.startMs <= Date.now() + 1000);
  });

  it('never run backwards', async () => {
    const exporter = new MemoryExporter();
    const provider = providerFor({ exporter });
    const now = Date.now();
    provider
      .getTracer('prior-auth')
      .startSpan('GET /health', { startTime: now })
      .end(now - 5);
    await provider.forceFlush();
    assert.equal(exporter.spans[0]?.durationMs, 0);
  });
});

function busyFor(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
