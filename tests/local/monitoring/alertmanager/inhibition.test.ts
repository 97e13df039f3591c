import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import * as z from 'zod/mini';
import { request, until } from '../../../end-to-end/stack.ts';
import { requireTool, testWith } from '../../../tools.ts';
import { runAlertmanager } from './run.ts';

const Alerts = z.array(
  z.object({
    labels: z.looseObject({ alertname: z.string(), job: z.string(), slo: z.optional(z.string()) }),
    status: z.object({ state: z.string() }),
  }),
);

const burn = (slo: string, alertname: string, job = 'prior-auth-api') => ({ alertname, slo, job });
const bridge = (alertname: string, job = 'prior-auth-api') => ({ alertname, job });

/** What fires, and of that what nobody is told of since another one says more. */
const FIRING = [
  burn('availability', 'PriorAuthAvailabilityBurnFast'),
  burn('latency', 'PriorAuthLatencyBurnSlow'),
  burn('availability', 'PriorAuthAvailabilityBurnSlow', 'prior-auth-api-sandbox'),
  bridge('PriorAuthBridgeStuck'),
  bridge('PriorAuthUncountedRequests', 'prior-auth-api-sandbox'),
];
const SUPPRESSED = [burn('availability', 'PriorAuthAvailabilityBurnSlow'), bridge('PriorAuthUncountedRequests')];

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-inhibition-'));
// After the test: what it runs is ended by then, and writes no more.
afterAll(() => rmSync(folder, { recursive: true, force: true }));

testWith('alertmanager')(
  'a fast burn speaks for the slow one of the same promise, and a stuck bridge for what it leaves uncounted',
  async (t) => {
    const program = requireTool('alertmanager');
    const alertmanager = await runAlertmanager(t, program, folder, {});
    const { status } = await request(`http://${alertmanager}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([...FIRING, ...SUPPRESSED].map((labels) => ({ labels }))),
    });
    assert.equal(status, 200);
    const names = async (state: string) => {
      const { text } = await request(`http://${alertmanager}/api/v2/alerts`);
      const alerts = Alerts.parse(JSON.parse(text)).filter((alert) => alert.status.state === state);
      return alerts.map(({ labels }) => `${labels.alertname} ${labels.job}`).sort();
    };
    const expected = (alerts: readonly { alertname: string; job: string }[]) =>
      alerts.map(({ alertname, job }) => `${alertname} ${job}`).sort();
    await until(
      async () => (await names('suppressed')).length >= SUPPRESSED.length,
      60_000,
      () => 'nothing is suppressed',
    );
    assert.deepEqual(await names('suppressed'), expected(SUPPRESSED));
    assert.deepEqual(await names('active'), expected(FIRING));
  },
);
