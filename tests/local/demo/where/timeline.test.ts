import fc from 'fast-check';
import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { describe, it } from 'vitest';
import { drawBar, drawTimeline } from '../../../../local/demo/where/timeline.ts';
import { buildTree, findBottleneck } from '../../../../local/embedded/traces/tree/tree.ts';
import { SLOW_SUBMIT, span } from '../../embedded/traces/tree/fixtures.ts';

describe('the timeline', () => {
  it('draws the tree with durations, shares and bars, and marks the bottleneck with what it says of itself', () => {
    const root = buildTree(SLOW_SUBMIT)[0]!;
    assert.deepEqual(drawTimeline(root, findBottleneck(root)).map(stripVTControlCharacters), [
      'POST /prior-auth/submit         2.01s    100%  ████████████████████████████',
      '└─ submit_prior_auth            2.01s    100%  ████████████████████████████',
      '   ├─ generate_request_id         2ms    0.1%  ▏',
      '   ├─ vip_member_slow_query        2s    100%  ████████████████████████████ ◀ BOTTLENECK',
      '   │    delay_ms: 2000',
      '   │    reason: "Contention"',
      '   ├─ validate_npi              100μs      0%                             ▏',
      '   └─ database_insert             4ms    0.2%                             ▏',
    ]);
  });

  it('draws what follows one another so that the ends meet', () => {
    const [root, a, b] = [span('root', [50, 280]), span('a', [50, 97], 'root'), span('b', [147, 183], 'root')] as const;
    const [tree] = buildTree([root, a, b]);
    assert.deepEqual(
      tree?.children.map((child) => drawBar(child.span, tree.span)),
      ['█'.repeat(10), ' '.repeat(10) + '█'.repeat(18)],
    );
  });

  it('keeps every bar within that of its parent, and every bar visible', () => {
    const time = fc.nat(5000);
    fc.assert(
      fc.property(time, time, time, time, (start, duration, childStart, childDuration) => {
        const spans = [span('root', [start, duration]), span('child', [start + childStart, childDuration], 'root')];
        const tree = buildTree(spans)[0]!;
        const bar = drawBar(tree.children[0]!.span, tree.span);
        assert.match(bar, /^ *(█+|▏)$/);
        assert.ok(bar.length <= 28, bar);
      }),
    );
  });
});
