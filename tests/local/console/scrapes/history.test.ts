import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { GROUPS, type Group } from '../../../../local/console/scrapes/groups.ts';
import { createHistory, type History } from '../../../../local/console/scrapes/history.ts';
import { failedScrape, historyOf, NOON, scrape, submitted, times, traceID } from './fixtures.ts';

function values(history: History, group: Group): number[][] {
  return history.columns(group).map((column) => [...column]);
}

function traces(history: History): string[] {
  return history.exemplars().map((exemplar) => exemplar.traceID);
}

describe('the history of scrapes', () => {
  it('has for each line of a group its value at each of the times', () => {
    const history = historyOf(submitted(0.04), [...submitted(0.04), ...submitted(0.001, { status: 'replayed' })]);
    assert.deepEqual([...history.times()], [NOON, NOON + 5]);
    assert.deepEqual(values(history, GROUPS.requests), [
      [1, 1],
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    assert.deepEqual(values(history, GROUPS.uncounted), [[0, 0]]);
  });

  it('adds up the buckets of all statuses', () => {
    const history = historyOf([0.7, 2.05, 60].flatMap((seconds) => submitted(seconds)));
    history.add(scrape(NOON + 5, [...submitted(0.7), ...submitted(0.6, { status: 'error' })]));
    const [first, second] = [0, 1].map((scrapes) => values(history, GROUPS.buckets).map((column) => column[scrapes]));
    assert.deepEqual(first, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3]);
    assert.deepEqual(second, [0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2]);
  });

  it('knows a bound however it is written', () => {
    const history = createHistory();
    const buckets = ['1', '2.0', '1e1', '+Inf'].map((le) => ({
      series: '',
      name: GROUPS.buckets.sample,
      labels: { le },
    }));
    history.add({ time: NOON, samples: buckets.map((bucket, value) => ({ ...bucket, value })), failure: null });
    const known = values(history, GROUPS.buckets).flatMap(([value], line) =>
      Number.isNaN(value) ? [] : [[GROUPS.buckets.lines[line], value]],
    );
    assert.deepEqual(known, [
      ['1', 0],
      ['2', 1],
      ['10', 2],
      ['Infinity', 3],
    ]);
  });

  it('has a gap where a scrape failed, and says why the last one did', () => {
    const history = historyOf(submitted(1), null);
    assert.equal(history.failure(), '/metrics answered 503');
    assert.deepEqual(values(history, GROUPS.requests)[0], [1, NaN]);
    assert.deepEqual(values(history, GROUPS.uncounted), [[0, NaN]]);
    history.add(scrape(NOON + 10));
    assert.equal(history.failure(), null);
    assert.deepEqual([...history.times()], [NOON, NOON + 5, NOON + 10]);
  });

  it('is empty at first', () => {
    const history = createHistory();
    assert.deepEqual([history.times().length, history.failure(), history.exemplars()], [0, null, []]);
    assert.deepEqual(values(history, GROUPS.uncounted), [[]]);
  });

  it('keeps 720 scrapes and forgets the oldest first', () => {
    const history = createHistory();
    for (let index = 0; index < 722; index += 1) history.add(scrape(NOON + index, times(index, submitted(1))));
    assert.equal(history.times().length, 720);
    assert.equal(history.times()[0], NOON + 2);
    const successes = history.columns(GROUPS.requests)[0];
    assert.deepEqual([successes?.length, successes?.[0], successes?.[719]], [720, 2, 721]);
  });

  it('forgets what is older than an hour, as after a sleep of the machine', () => {
    const history = historyOf(submitted(1), submitted(1), submitted(1));
    history.add(scrape(NOON + 3605, times(2, submitted(1))));
    assert.deepEqual([...history.times()], [NOON + 5, NOON + 10, NOON + 3605]);
    assert.deepEqual(values(history, GROUPS.requests)[0], [1, 1, 2]);
    history.add(scrape(NOON + 90_000));
    assert.deepEqual([...history.times()], [NOON + 90_000]);
  });

  it('drops what a clock that is set back has placed in the future', () => {
    const history = historyOf(submitted(1), submitted(1), submitted(1));
    history.add(scrape(NOON + 5, times(7, submitted(1))));
    assert.deepEqual([...history.times()], [NOON, NOON + 5]);
    assert.deepEqual(values(history, GROUPS.requests)[0], [1, 7]);
  });

  it('never exceeds its bounds, and its times ascend, whatever the clock does', () => {
    const step = fc.record({ by: fc.double({ min: -20, max: 4000, noNaN: true }), fails: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 8 }), (steps, most) => {
        const history = createHistory(most);
        let time = NOON;
        for (const [index, { by, fails }] of steps.entries()) {
          time += by;
          history.add(fails ? failedScrape(time) : scrape(time, times(index, submitted(1))));
          const kept = [...history.times()];
          assert.ok(kept.length <= most);
          assert.equal(kept.at(-1), time);
          assert.ok(kept.every((each, at) => each >= time - 3600 && each > (kept[at - 1] ?? -Infinity)));
          const successes = history.columns(GROUPS.requests)[0];
          assert.equal(successes?.length, kept.length);
          assert.equal(successes.at(-1), fails ? NaN : index);
        }
      }),
    );
  });
});

describe('the exemplars of the history', () => {
  const at = (time: number) => ({ at: time });

  it('are each kept once, though every scrape shows them until the bucket has another', () => {
    const first = submitted(0.04, { trace: 1, at: NOON + 1 });
    const second = submitted(0.045, { trace: 2, at: NOON + 7 });
    const history = historyOf([], first, [...first, ...second], [...first, ...second]);
    assert.deepEqual(history.exemplars(), [
      { traceID: traceID(1), at: NOON + 1, value: 0.04, status: 'success', bucket: 'success 0.05' },
      { traceID: traceID(2), at: NOON + 7, value: 0.045, status: 'success', bucket: 'success 0.05' },
    ]);
  });

  it('are kept once for each bucket that names the trace', () => {
    const history = historyOf(
      [],
      [0.04, 2.05].flatMap((seconds) => submitted(seconds, { trace: 1, at: NOON + 1 })),
    );
    history.add(scrape(NOON + 10, submitted(2.05, { status: 'error', trace: 1, at: NOON + 1 })));
    assert.deepEqual(
      history.exemplars().map(({ bucket }) => bucket),
      ['success 0.05', 'success 2.5', 'error 2.5'],
    );
  });

  it('are those of the time that is kept: none of an earlier run, none that is older than the oldest scrape', () => {
    const request = (trace: number, time: number) => submitted(trace, { trace, ...at(time) });
    const history = historyOf([...request(1, NOON - 0.001), ...request(2, NOON)]);
    assert.deepEqual(traces(history), [traceID(2)]);
    history.add(scrape(NOON + 5, request(3, NOON + 5)));
    history.add(scrape(NOON + 3601, request(1, NOON - 0.001)));
    assert.deepEqual(traces(history), [traceID(3)]);
  });

  it('have a trace, a time and a status of the catalogue', () => {
    const exemplar = { labels: { trace_id: 'ABC' }, value: 0.04, at: NOON };
    const sample = { series: '', name: GROUPS.buckets.sample, labels: { status: 'success', le: '0.05' }, value: 1 };
    const samples = [
      { ...sample, exemplar },
      sample,
      { ...sample, name: 'other_bucket', exemplar: { ...exemplar, labels: { trace_id: '1' } } },
      { ...sample, labels: { le: '0.05' }, exemplar: { ...exemplar, labels: { trace_id: '2' } } },
      { ...sample, labels: { status: 'overflow', le: '0.05' }, exemplar: { ...exemplar, labels: { trace_id: '3' } } },
      { ...sample, exemplar: { ...exemplar, labels: {} } },
      { ...sample, exemplar: { ...exemplar, labels: { trace_id: 'no id' } } },
      { ...sample, exemplar: { labels: { trace_id: '4' }, value: 0.04 } },
    ];
    const history = createHistory();
    history.add({ time: NOON, samples, failure: null });
    assert.deepEqual(traces(history), ['abc'.padStart(32, '0')]);
  });

  it('are at most a thousand, and the slowest and newest are among them', () => {
    const history = createHistory();
    let most = 0;
    for (let index = 0; index < 700; index += 1) {
      const time = NOON + 5 * index;
      const slow = submitted(index === 3 ? 9 : 2.05, { trace: 10_000 + index, ...at(time) });
      history.add(scrape(time, [...submitted(0.04, { trace: index, ...at(time) }), ...slow]));
      most = Math.max(most, history.exemplars().length);
    }
    assert.equal(most, 1000);
    const kept = traces(history);
    for (const trace of [699, 10_699, 10_003]) assert.ok(kept.includes(traceID(trace)), String(trace));
  });
});
