import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import postgres from 'postgres';
import * as z from 'zod/mini';
import { expressions, interpolate } from '../../local/monitoring/grafana/expressions.ts';
import { freePort } from '../../local/machine/free-port.ts';
import { requireTool } from '../tools.ts';
import { choosePorts, request, series, startStack, submit, until, type Stack } from './stack.ts';

/**
 * Two scrapes with something between them, then a turn of the rules: fifteen seconds each, and each is waited for this
 * long.
 */
const WAIT_MS = 60_000;

/** Its example queries and those of its three panels, to the letter. */
const DEMONSTRATION = [
  'prior_auth_requests_total',
  'prior_auth_requests_total{status="success"}',
  'sum(prior_auth_database_operations_total)',
  'prior_auth_database_operations_total{operation_type="insert_request"}',
  'rate(prior_auth_requests_total[5m])',
  'prior_auth_validation_failures_total',
];

const Result = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});
const Rules = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ name: z.string(), type: z.string(), health: z.string() })) })),
  }),
});

let stack: Stack;
let prometheus: string;

async function valuesOf(expression: string): Promise<number[]> {
  const { json, text } = await request(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const parsed = Result.safeParse(json);
  assert.ok(parsed.success, `${expression}: ${text}`);
  return parsed.data.data.result.map(({ value }) => Number(value[1]));
}

/** A right of the function's own database role is taken from it for one request, which is then answered 500. */
async function failOnce(): Promise<void> {
  const sql = postgres(await stack.databaseUrl(), { max: 1, onnotice: () => undefined });
  try {
    await sql`revoke insert on prior_auth_requests from prior_auth_submit`;
    assert.equal((await submit(stack)).status, 500);
  } finally {
    await sql`grant insert on prior_auth_requests to prior_auth_submit`;
    await sql.end();
  }
}

describe('with the committed configuration and rules, after a run of 201s, 422s and a 500', () => {
  before(async (t) => {
    if (requireTool('prometheus', t as Parameters<typeof requireTool>[1]) === undefined) return;
    const ports = { ...(await choosePorts()), PROMETHEUS_PORT: String(await freePort()) };
    stack = await startStack({ ports });
    prometheus = `http://127.0.0.1:${ports.PROMETHEUS_PORT}`;
    const scraped = (status: string, count: number) => async () =>
      ((await valuesOf(`prior_auth_requests_total{status="${status}"}`).catch(() => []))[0] ?? -1) >= count;
    await until(scraped('success', 0), WAIT_MS, () => 'the first scrape did not come');
    await submit(stack);
    await submit(stack, { member_id: 'M99999' });
    await submit(stack, { provider_npi: '1', diagnosis_code: 'x' });
    await failOnce();
    await until(
      async () => (await series(stack, 'prior_auth_requests_total{status="error"}')) === 1,
      WAIT_MS,
      () => 'not counted',
    );
    // The last of them: a scrape may fall between the others and this one.
    await until(scraped('error', 1), WAIT_MS, () => 'the second scrape did not come');
    const recorded = async () => (await valuesOf('job:prior_auth_bad_submits:ratio_rate5m')).length === 2;
    await until(recorded, WAIT_MS, () => 'the rules recorded nothing');
  });

  test('every expression of every dashboard has data, but those that need the collector', async (t) => {
    if (requireTool('prometheus', t) === undefined) return;
    const shown = expressions();
    assert.ok(shown.length > 40);
    const empty: string[] = [];
    for (const { dashboard, panel, expr } of shown.filter(({ needsCollector }) => !needsCollector)) {
      const values = await valuesOf(interpolate(expr, { job: 'prior-auth-api', rateInterval: '5m', range: '1h' }));
      if (values.length === 0 || !values.every(Number.isFinite))
        empty.push(`${dashboard}, ${panel}: ${expr} → [${values.join()}]`);
    }
    assert.deepEqual(empty, []);
    assert.deepEqual(await valuesOf('prior_auth_requests_total{status=~"error|validation_error"}'), [1, 1]);
    assert.equal(shown.filter(({ needsCollector }) => needsCollector).length, 2);
  });

  for (const query of DEMONSTRATION) {
    test(`the demonstration’s query has data: ${query}`, async (t) => {
      if (requireTool('prometheus', t) === undefined) return;
      const values = await valuesOf(query);
      assert.ok(values.length > 0 && values.every(Number.isFinite), `[${values.join()}]`);
      assert.ok(
        values.some((value) => value > 0),
        'nothing but zeros',
      );
    });
  }

  test('every rule evaluates, and no alert fires', async (t) => {
    if (requireTool('prometheus', t) === undefined) return;
    const { json } = await request(`${prometheus}/api/v1/rules`);
    const rules = Rules.parse(json).data.groups.flatMap((group) => group.rules);
    assert.ok(rules.length > 30, `${rules.length} rules`);
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );
    assert.deepEqual(await valuesOf('ALERTS{alertstate="firing"}'), []);
  });
});
