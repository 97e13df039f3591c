import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import * as z from 'zod/mini';
import { freePort } from '../../../../local/machine/free-port.ts';
import { stackFiles } from '../../../../local/monitoring/prometheus/configuration.ts';
import { runPrometheus, startPrometheus } from '../../../../local/monitoring/prometheus/prometheus.ts';
import { parseSettings } from '../../../../local/machine/settings.ts';
import { request, until } from '../../../end-to-end/stack.ts';
import { requireTool } from '../../../tools.ts';
import { runAlertmanager } from '../alertmanager/run.ts';
import { startSlackSink } from '../alertmanager/slack-sink.ts';
import { startSmtpSink } from '../alertmanager/smtp-sink.ts';
import { ALERTS, RECORDINGS } from './promtool.ts';
import { serveMetrics, type ServedMetrics } from './served-metrics.ts';

/**
 * No longer than it takes. Two of these are less than the two minutes after which the collector, which is down here, is
 * told of.
 */
const WAIT_MS = 50_000;

const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            health: z.string(),
            lastError: z.optional(z.string()),
            state: z.optional(z.string()),
          }),
        ),
      }),
    ),
  }),
});
const Targets = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ labels: z.looseObject({ job: z.string() }), health: z.string() })),
  }),
});

async function rulesOf(prometheus: string): Promise<z.infer<typeof Rules>['data']['groups'][number]['rules']> {
  const { json } = await request(`http://${prometheus}/api/v1/rules`);
  return Rules.parse(json).data.groups.flatMap(({ rules }) => rules);
}

async function healthByJob(prometheus: string): Promise<Record<string, string>> {
  const { json } = await request(`http://${prometheus}/api/v1/targets`);
  return Object.fromEntries(Targets.parse(json).data.activeTargets.map(({ labels, health }) => [labels.job, health]));
}

const root = mkdtempSync(join(tmpdir(), 'prior-auth-alerts-'));
// After the tests: what they run is ended by then, and writes no more.
after(() => rmSync(root, { recursive: true, force: true }));

/** The configuration of the containers with a sandbox, at the addresses of this test and fifteen times faster. */
async function runStackPrometheus(
  t: TestContext,
  program: string,
  parts: { folder: string; metrics: ServedMetrics; alertmanager: string },
): Promise<string> {
  const { 'stack.yml': text = '', ...others } = stackFiles(parts.metrics.sandbox);
  const here = text
    .replace('host.docker.internal:8000', parts.metrics.target)
    .replace('alertmanager:9093', parts.alertmanager)
    .replace('collector:8889', `127.0.0.1:${await freePort()}`)
    .replaceAll(/interval: 15s$/gm, 'interval: 1s');
  const address = `127.0.0.1:${await freePort()}`;
  const files = { ...others, 'stack.yml': here };
  const prometheus = runPrometheus(program, parts.folder, { files, main: 'stack.yml', address });
  t.after(() => prometheus.stop());
  return address;
}

describe('a real Prometheus', () => {
  test('with the rules finds every one of them well, scrapes with a token, and has a fired alert told on Slack and by mail', async (t) => {
    const program = requireTool('prometheus', t);
    const alertmanagerProgram = requireTool('alertmanager', t);
    if (program === undefined || alertmanagerProgram === undefined) return;
    const folder = mkdtempSync(join(root, 'alerts-'));
    const [metrics, slack, smtp] = await Promise.all([serveMetrics(t), startSlackSink(t), startSmtpSink(t)]);
    const email = {
      to: 'on-call@payer.example',
      from: 'alerts@payer.example',
      smarthost: smtp.address,
      requireTls: false,
    };
    const receivers = { slack: { webhookUrl: slack.url }, email };
    const alertmanager = await runAlertmanager(t, alertmanagerProgram, join(folder, 'alertmanager'), receivers);
    const prometheus = await runStackPrometheus(t, program, {
      folder: join(folder, 'prometheus'),
      metrics,
      alertmanager,
    });

    await assertAllWell(prometheus);
    metrics.count([{ metric: 'prior_auth_bridge_events_total', labels: { outcome: 'quarantined' }, value: 2n }]);
    await until(
      () => slack.posts.length > 0 && smtp.messages.length > 0,
      WAIT_MS,
      () => `told: ${slack.posts.length} on Slack, ${smtp.messages.length} by mail`,
    );
    const [post] = slack.posts;
    assert.equal(post?.title, 'FIRING: PriorAuthQuarantineGrowing (ticket)');
    const [what, runbook] = post.text.split('\n');
    assert.match(what ?? '', /^The bridge refuses log lines that it cannot read\. Lines of prior-auth-api that went/);
    assert.equal(runbook, 'Runbook: docs/runbook.md#priorauthquarantinegrowing');
    assert.match(smtp.messages[0] ?? '', /^To: on-call@payer\.example/m);
    assert.match(smtp.messages[0] ?? '', /PriorAuthQuarantineGrowing/);
    assert.deepEqual([slack.posts.length, smtp.messages.length], [1, 1], 'one message each');
  });

  test('started by the launcher has the rules, too, and is not for any page that a browser shows', async (t) => {
    const program = requireTool('prometheus', t);
    if (program === undefined) return;
    const port = String(await freePort());
    const [API_PORT] = (await serveMetrics(t)).target.split(':').slice(1);
    const folder = mkdtempSync(join(root, 'launcher-'));
    const prometheus = startPrometheus(program, folder, parseSettings({ API_PORT, PROMETHEUS_PORT: port }));
    t.after(() => prometheus.stop());
    const names = async () => (await rulesOf(`127.0.0.1:${port}`).catch(() => [])).map(({ name }) => name);
    await until(
      async () => (await names()).length > 0,
      WAIT_MS,
      () => 'no rules',
      prometheus.ended,
    );
    const expected = [...RECORDINGS.map(({ record }) => record), ...ALERTS.map(({ alert }) => alert)];
    assert.deepEqual((await names()).sort(), expected.sort());
    const headers = { origin: 'https://somewhere.example' };
    const { status, headers: answered } = await request(`http://127.0.0.1:${port}/api/v1/query?query=up`, { headers });
    assert.equal(status, 200);
    assert.equal(answered.get('access-control-allow-origin'), null, 'any page may read it');
  });
});

/** Every rule was evaluated without an error and nothing fires, and both services are scraped. */
async function assertAllWell(prometheus: string): Promise<void> {
  let state = '';
  const isWell = async () => {
    const rules = await rulesOf(prometheus).catch(() => []);
    const health = await healthByJob(prometheus).catch(() => ({}));
    state = JSON.stringify({ health, unwell: rules.filter((rule) => rule.health !== 'ok') });
    return state === JSON.stringify({ health, unwell: [] }) && rules.length > 0 && isScraped(health);
  };
  await until(isWell, WAIT_MS, () => state);
  const rules = await rulesOf(prometheus);
  assert.equal(rules.length, ALERTS.length + RECORDINGS.length);
  assert.deepEqual(
    rules.filter((rule) => rule.state === 'firing'),
    [],
  );
}

const isScraped = (health: Record<string, string>) =>
  health['prior-auth-api'] === 'up' && health['prior-auth-api-sandbox'] === 'up';
