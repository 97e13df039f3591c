import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { buildTree, findBottleneck, flatten, outline } from '../../../../../local/embedded/traces/tree/tree.ts';
import { SLOW_SUBMIT, span } from './fixtures.ts';

describe('the tree of a trace', () => {
  it('has children below their parents in the order of their start, whatever the order of the spans', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...SLOW_SUBMIT], { minLength: SLOW_SUBMIT.length }), (spans) => {
        assert.equal(
          outline(buildTree(spans)),
          'POST /prior-auth/submit(submit_prior_auth(generate_request_id, vip_member_slow_query, validate_npi, database_insert))',
        );
      }),
    );
  });

  it('has several roots when a parent is missing', () => {
    const spans = SLOW_SUBMIT.filter(({ operationName }) => operationName !== 'submit_prior_auth');
    assert.equal(buildTree(spans).length, 5);
  });

  it('follows the parent only, not what a span was merely caused by', () => {
    const linked = { ...span('b', [1, 1]), references: [{ refType: 'FOLLOWS_FROM', spanID: 'a' }] };
    assert.equal(outline(buildTree([span('a', [0, 3]), linked])), 'a, b');
  });

  it('keeps a span that names itself its parent', () => {
    assert.equal(outline(buildTree([span('a', [0, 3], 'a')])), 'a');
  });

  it('is as deep as its sender likes', () => {
    const chain = Array.from({ length: 20_000 }, (_, depth) =>
      span(`s${depth}`, [0, 1], depth === 0 ? undefined : `s${depth - 1}`),
    );
    const [root] = buildTree(chain);
    assert.equal(root === undefined ? 0 : flatten(root).length, 20_000);
  });

  it('of nothing is nothing', () => {
    assert.deepEqual(buildTree([]), []);
  });
});

describe('the time of a span itself', () => {
  it('is what its children leave, and what they cover together counts once', () => {
    const [root] = buildTree([
      span('root', [100, 100]),
      span('a', [110, 30], 'root'),
      span('b', [120, 10], 'root'),
      span('c', [130, 20], 'root'),
      span('late', [190, 50], 'root'),
    ]);
    assert.equal(root?.selfTime, 100 - 40 - 10);
  });

  it('adds up to the whole when nothing runs side by side', () => {
    const gaps = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 10 });
    fc.assert(
      fc.property(gaps, (steps) => {
        let now = 0;
        const children = steps.map(([gap, duration], index) => {
          const child = span(`step ${index}`, [now + gap, duration], 'root');
          now += gap + duration;
          return child;
        });
        const [root] = buildTree([span('root', [0, now + 1]), ...children]);
        assert.ok(root);
        assert.equal(
          flatten(root).reduce((sum, node) => sum + node.selfTime, 0),
          root.span.duration,
        );
      }),
    );
  });
});

describe('the bottleneck', () => {
  const bottleneck = (...spans: readonly ReturnType<typeof span>[]) =>
    findBottleneck(buildTree(spans)[0]!)?.span.operationName;

  it('is the span that itself takes more than half of the whole', () => {
    assert.equal(bottleneck(...SLOW_SUBMIT), 'vip_member_slow_query');
  });

  it('is nowhere when no span takes more than half', () => {
    assert.equal(
      bottleneck(span('root', [0, 900_000]), span('a', [0, 450_000], 'root'), span('b', [450_000, 440_000], 'root')),
      undefined,
    );
  });

  it('is nowhere in a request that nobody waits for', () => {
    assert.equal(bottleneck(span('root', [0, 30_000]), span('connect', [0, 25_000], 'root')), undefined);
  });
});
