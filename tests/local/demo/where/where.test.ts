import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { EXAMPLES } from '../../../../local/demo/examples.ts';
import { explainWhere } from '../../../../local/demo/where/where.ts';
import { running, storedSpan, traceID } from '../../embedded/traces/fixtures.ts';
import { SLOW_SUBMIT } from '../../embedded/traces/tree/fixtures.ts';
import { faultsOf } from '../fixtures.ts';

describe('where the time went', () => {
  it('begins with a link to the page of the trace, on a line of its own', async (t) => {
    const { apiPort, store } = await running(t);
    const tags = (span: (typeof SLOW_SUBMIT)[number]) =>
      span.tags.map(({ key, value }) =>
        typeof value === 'number'
          ? ({ key, type: 'int64', value } as const)
          : ({ key, type: 'string', value } as const),
      );
    store.add(
      SLOW_SUBMIT.map((span) =>
        storedSpan({
          ...span,
          references: span.references.map(({ spanID }) => ({ refType: 'CHILD_OF', traceID: traceID(1), spanID })),
          tags: tags(span),
        }),
      ),
    );
    const traces = `http://127.0.0.1:${apiPort}`;
    const { lines, ...findings } = await explainWhere({ traces }, { traceId: traceID(1) }, EXAMPLES[1]!);
    assert.deepEqual(faultsOf(findings), []);
    assert.equal(lines[0], `${traces}/trace/${traceID(1)}`);
    assert.match(stripVTControlCharacters(lines[1] ?? ''), /^POST \/prior-auth\/submit +2\.01s +100% /);
  });
});
