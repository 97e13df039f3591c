import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { criticalPath } from '../../../../../local/embedded/traces/tree/critical-path.ts';
import { buildTree } from '../../../../../local/embedded/traces/tree/tree.ts';
import { span } from './fixtures.ts';

type Drawn = readonly [name: string, from: number, to: number];

function pathOf(...spans: readonly ReturnType<typeof span>[]): Drawn[] {
  return criticalPath(buildTree(spans)[0]!).map(({ spanID, from, to }) => [spanID, from, to] as const);
}

describe('the critical path', () => {
  it('goes through the steps of a request, and through the span itself between them', () => {
    assert.deepEqual(pathOf(span('root', [100, 100]), span('a', [110, 30], 'root'), span('b', [150, 40], 'root')), [
      ['root', 100, 110],
      ['a', 110, 140],
      ['root', 140, 150],
      ['b', 150, 190],
      ['root', 190, 200],
    ]);
  });

  it('takes of spans side by side the one that ended last, and before it what had ended by its start', () => {
    assert.deepEqual(
      pathOf(
        span('root', [0, 100]),
        span('early', [0, 30], 'root'),
        span('overlapping', [20, 40], 'root'),
        span('last', [40, 60], 'root'),
      ),
      [
        ['early', 0, 30],
        ['root', 30, 40],
        ['last', 40, 100],
      ],
    );
  });

  it('goes down to what the children waited for', () => {
    assert.deepEqual(
      pathOf(span('root', [0, 10]), span('child', [2, 6], 'root'), span('grandchild', [3, 4], 'child')),
      [
        ['root', 0, 2],
        ['child', 2, 3],
        ['grandchild', 3, 7],
        ['child', 7, 8],
        ['root', 8, 10],
      ],
    );
  });

  it('counts a child that outlives its parent up to the end of the parent', () => {
    assert.deepEqual(pathOf(span('root', [0, 10]), span('late', [6, 40], 'root')), [
      ['root', 0, 6],
      ['late', 6, 10],
    ]);
  });

  it('covers the whole of the root once, whatever the spans', () => {
    const time = fc.nat(100);
    const children = fc.array(fc.tuple(time, time, fc.nat(5)), { maxLength: 8 });
    fc.assert(
      fc.property(children, (drawn) => {
        const below = drawn.map(([start, duration, parent], index) =>
          span(`s${index}`, [start, duration], parent < index ? `s${parent}` : 'root'),
        );
        const sections = pathOf(span('root', [10, 60]), ...below);
        let now = 10;
        for (const [, from, to] of sections) {
          assert.equal(from, now);
          assert.ok(to > from);
          now = to;
        }
        assert.equal(now, 70);
      }),
    );
  });
});
