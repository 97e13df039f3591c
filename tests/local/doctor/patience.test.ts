import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PATIENCE_MS, scrapePatienceMs, TOTAL_MS } from '../../../local/doctor/patience.ts';

const { scrape, metrics, traces } = PATIENCE_MS;
/** Waited for only where the way ends there, or beside something that takes longer. */
const ASIDE = PATIENCE_MS.port + PATIENCE_MS.invocation + PATIENCE_MS.otlp;
/**
 * `/metrics` is read before the request, for the bridge and for itself; the trace API for the line and for the trace.
 */
const AGAIN = 2 * metrics + traces;

describe('the doctor’s patience', () => {
  it('ends within a minute, however slow every hop is', () => {
    const all = Object.values(PATIENCE_MS).reduce((sum, each) => sum + each, 0);
    const withoutScrape = all - scrape - ASIDE + AGAIN;
    assert.ok(withoutScrape <= TOTAL_MS, `${withoutScrape} ms`);
    const { prometheus, spans, grafana, dataSources, dashboards } = PATIENCE_MS;
    const after = prometheus + spans + traces + grafana + dataSources + dashboards;
    for (const elapsed of [1000, 20_000, 30_000, 40_000, TOTAL_MS - after]) {
      assert.ok(elapsed + scrapePatienceMs(elapsed) + after <= TOTAL_MS, `${elapsed} ms`);
    }
  });

  it('waits for a scrape as long as one may take, and shorter when the time is nearly up', () => {
    assert.equal(scrapePatienceMs(1000), scrape);
    assert.ok(scrapePatienceMs(30_000) < scrape);
    assert.equal(scrapePatienceMs(59_000), 0);
  });
});
