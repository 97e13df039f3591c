import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test, type TestContext } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { CATALOGUE } from '../../../../functions/contract/catalogue.ts';
import { render } from '../../../../functions/series/exposition.ts';
import { MAX_SERIES } from '../../../../functions/series/overflow.ts';
import { writeConfigurationFolder } from '../../../../local/machine/configuration-folder.ts';
import { embeddedFiles, stackFiles } from '../../../../local/monitoring/prometheus/configuration.ts';
import type { Sandbox } from '../../../../local/monitoring/prometheus/sandbox.ts';
import { parseSandbox } from '../../../../local/monitoring/prometheus/settings.ts';
import { requireTool, testWith } from '../../../tools.ts';
import { promtool } from './promtool.ts';

const FOLDER = resolve(import.meta.dirname, '..', '..', '..', '..', 'local', 'monitoring', 'prometheus');
const SANDBOX: Sandbox = {
  metricsUrl: new URL('https://sandbox.example/stage/metrics'),
  tokenUrl: new URL('https://login.example/oauth2/token'),
  clientId: 'scraper',
  clientSecret: 'rosebud',
  scope: 'prior-auth/metrics',
};

const Job = z.looseObject({
  job_name: z.string(),
  sample_limit: z.number(),
  static_configs: z.array(z.object({ targets: z.array(z.string()) })),
});
const Configuration = z.object({ scrape_configs: z.array(Job) });

const jobs = (text = '') => Configuration.parse(parse(text)).scrape_configs;

function assertValid(t: TestContext, files: Record<string, string>, main: string): void {
  const program = requireTool('promtool');
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-prometheus-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  writeConfigurationFolder(join(folder, 'configuration'), files);
  const { code, output } = promtool(program, 'check', 'config', join(folder, 'configuration', main));
  assert.equal(code, 0, output);
  assert.match(output, /3 rule files found/);
}

describe('the configuration of Prometheus', () => {
  testWith('promtool')('is valid, with its rules: for the launcher, for the containers, and with a sandbox', (t) => {
    assertValid(t, embeddedFiles('127.0.0.1:8123'), 'prometheus.yml');
    assertValid(t, stackFiles(undefined), 'stack.yml');
    assertValid(t, stackFiles(SANDBOX), 'stack.yml');
  });

  test('of the launcher scrapes the API of this run, and nothing else', () => {
    const [api, ...others] = jobs(embeddedFiles('127.0.0.1:8123')['prometheus.yml']);
    assert.deepEqual(api?.static_configs, [{ targets: ['127.0.0.1:8123'] }]);
    assert.deepEqual(others, []);
  });

  test('of the containers is the committed one where no sandbox is set, so that Compose alone uses the same', () => {
    const { 'stack.yml': stack, ...rules } = stackFiles(undefined);
    assert.equal(stack, readFileSync(join(FOLDER, 'stack.yml'), 'utf8'));
    assert.deepEqual(Object.keys(rules).sort(), ['rules/pipeline.yml', 'rules/service.yml', 'rules/slo.yml']);
  });

  test('scrapes the API alike in both, from another place', () => {
    const [embedded] = jobs(embeddedFiles('host')['prometheus.yml']);
    const [stack] = jobs(stackFiles(undefined)['stack.yml']);
    assert.deepEqual({ ...embedded, static_configs: [] }, { ...stack, static_configs: [] });
    assert.equal(stack?.job_name, 'prior-auth-api');
    assert.deepEqual(stack.static_configs, [{ targets: ['host.docker.internal:8000'] }]);
  });

  test('limits every job to more samples than the bridge can ever keep', () => {
    const definitions = Object.values(CATALOGUE);
    const overflow = definitions.filter(({ labels }) => Object.keys(labels).length > 0).length;
    const unlabelled = definitions.length - overflow;
    const samplesOfHistogram = Math.max(
      ...definitions.map((definition) => ('buckets' in definition ? definition.buckets.length + 3 : 1)),
    );
    // What /metrics shows of its own accord: all series of the catalogue, at 0.
    const zeros = render([], 'text')
      .split('\n')
      .filter((line) => !line.startsWith('#')).length;
    const most = (MAX_SERIES + overflow + unlabelled) * samplesOfHistogram + zeros;
    for (const job of jobs(stackFiles(SANDBOX)['stack.yml'])) assert.ok(job.sample_limit > most, `${most}`);
    assert.ok(most < 8400, `the comment in prometheus.yml says 8,300, it is ${most}`);
  });
});

describe('the job of a sandbox', () => {
  test('asks for a token and then for the metrics, and leaves the secret to a file of its own', () => {
    const { 'stack.yml': text = '', 'sandbox-client-secret': secret } = stackFiles(SANDBOX);
    assert.deepEqual(jobs(text).at(-1), {
      job_name: 'prior-auth-api-sandbox',
      scheme: 'https',
      metrics_path: '/stage/metrics',
      sample_limit: 10_000,
      oauth2: {
        client_id: 'scraper',
        client_secret_file: 'sandbox-client-secret',
        token_url: 'https://login.example/oauth2/token',
        scopes: ['prior-auth/metrics'],
      },
      static_configs: [{ targets: ['sandbox.example'] }],
    });
    assert.equal(secret, 'rosebud');
    assert.ok(!text.includes('rosebud'));
  });

  const environment = {
    SANDBOX_METRICS_URL: 'https://sandbox.example/stage/metrics',
    SANDBOX_TOKEN_URL: 'https://login.example/oauth2/token',
    SANDBOX_CLIENT_ID: 'scraper',
    SANDBOX_CLIENT_SECRET: 'rosebud',
    SANDBOX_SCOPE: 'prior-auth/metrics',
  };

  test('is off until SANDBOX_METRICS_URL is set to something', () => {
    assert.equal(parseSandbox({}), undefined);
    assert.equal(parseSandbox({ ...environment, SANDBOX_METRICS_URL: '' }), undefined);
    assert.deepEqual(parseSandbox(environment), SANDBOX);
  });

  test('has the client’s own scopes unless some are set', () => {
    const sandbox = parseSandbox({ ...environment, SANDBOX_SCOPE: '' });
    assert.ok(!stackFiles(sandbox)['stack.yml']?.includes('scopes'));
  });

  test('is refused with every fault named, and no secret told', () => {
    const faulty = {
      ...environment,
      SANDBOX_METRICS_URL: 'http://sandbox.example',
      SANDBOX_CLIENT_ID: '',
      SANDBOX_TOKEN_URL: 'rosebud',
    };
    assert.throws(() => parseSandbox(faulty), {
      message:
        'Invalid settings:\n' +
        '  SANDBOX_METRICS_URL must be an https:// address\n' +
        '  SANDBOX_TOKEN_URL must be an https:// address\n' +
        '  SANDBOX_CLIENT_ID is missing',
    });
  });
});
