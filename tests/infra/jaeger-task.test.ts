/** The command of the Jaeger task in a real Jaeger: what the template says is what it takes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { freePort } from '../../local/machine/free-port.ts';
import { resource, synthesise } from '../fixtures/synthesised.ts';
import { requireTool, testWith } from '../tools.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const Containers = z.tuple([z.object({ Command: z.array(z.string()) })]);

/** The task's arguments with ports and a folder of this test, which has no machine of its own. */
async function argumentsIn(folder: string) {
  const { ContainerDefinitions } = resource(synthesise(), 'AWS::ECS::TaskDefinition').Properties;
  const [{ Command }] = Containers.parse(ContainerDefinitions);
  const ports = { otlp: 4318, grpc: 4317, query: 16686, health: 13133 };
  const free = { otlp: await freePort(), grpc: await freePort(), query: await freePort(), health: await freePort() };
  const here = (text: string) =>
    Object.entries(ports).reduce(
      (changed, [name, port]) => changed.replace(`0.0.0.0:${port}`, `127.0.0.1:${free[name as keyof typeof free]}`),
      text.replaceAll('/tmp/', `${folder}/`),
    );
  return { args: Command.map(here), url: (name: keyof typeof free) => `http://127.0.0.1:${free[name]}` };
}

function spans(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const times = { startTimeUnixNano: String(now), endTimeUnixNano: String(now + 1000n) };
  const span = { traceId: TRACE_ID, spanId: 'b7ad6b7169203331', name: 'submit_prior_auth', kind: 2, ...times };
  const service = { key: 'service.name', value: { stringValue: 'prior-auth-api' } };
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }] });
}

/** The first good answer; the test's own limit ends what never comes. */
async function answerOf(url: string, init: RequestInit = {}): Promise<string> {
  for (;;) {
    const response = await fetch(url, init).catch(() => undefined);
    if (response?.ok) return response.text();
    await sleep(100);
  }
}

testWith('jaeger')(
  'a Jaeger with the template’s command takes spans over HTTP and shows them',
  { timeout: 60_000 },
  async (context) => {
    const jaeger = requireTool('jaeger');
    const folder = mkdtempSync(join(tmpdir(), 'prior-auth-jaeger-'));
    const { args, url } = await argumentsIn(folder);
    const child = spawn(jaeger, args, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    context.onTestFinished(async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    });
    assert.match(await answerOf(`${url('health')}/status`), /StatusOK/);
    const headers = { 'content-type': 'application/json' };
    await answerOf(`${url('otlp')}/v1/traces`, { method: 'POST', headers, body: spans() });
    assert.match(await answerOf(`${url('query')}/api/traces/${TRACE_ID}`), /"operationName":"submit_prior_auth"/);
  },
);
