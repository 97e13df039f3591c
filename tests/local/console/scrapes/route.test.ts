import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toCharts } from '../../../../local/console/scrapes/charts.ts';
import { chartRoute } from '../../../../local/console/scrapes/route.ts';
import { historyOf, NOON, scrape, submitted } from './fixtures.ts';

test('GET /api/charts answers with the charts as they are then', async () => {
  const history = historyOf([], submitted(0.04));
  const route = chartRoute(history);
  assert.ok(route.path.test('/api/charts'));
  assert.ok(!route.path.test('/api/charts/1') && !route.path.test('/x/api/charts'));
  for (const time of [NOON + 10, NOON + 15]) {
    history.add(scrape(time, submitted(0.04)));
    const { status, type, body } = await route.answer(new URLSearchParams(), '');
    assert.deepEqual([status, type], [200, 'application/json']);
    const envelope = { data: toCharts(history), total: 0, limit: 0, offset: 0, errors: null };
    assert.deepEqual(JSON.parse(body.toString()), envelope);
  }
});
