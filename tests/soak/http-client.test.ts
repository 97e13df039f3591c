import fc from 'fast-check';
import { after, before, describe, it } from 'node:test';
import { startBoth } from '../layers/otel/fixtures/both-clients.ts';
import { assertAlike } from '../layers/otel/fixtures/compare.ts';
import { served } from '../layers/otel/fixtures/responses.ts';

const NUM_RUNS = 20_000;

describe('the HTTP client beside node:http, for long', () => {
  let both: Awaited<ReturnType<typeof startBoth>>;
  before(async () => void (both = await startBoth()));
  after(() => void both.close());

  it('takes what it takes alike, whatever a server sends', async () => {
    const alike = fc.asyncProperty(served, async (given) => {
      assertAlike(given, await both.ours(given), await both.nodes(given));
    });
    await fc.assert(alike, { numRuns: NUM_RUNS });
  });
});
