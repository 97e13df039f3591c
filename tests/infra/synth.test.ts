/** `npm run synth` itself, in a copy of the project, with neither an account nor a way to the Internet. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod/mini';

const ROOT = resolve(import.meta.dirname, '../..');
const PARTS = [
  'cdk.json',
  'functions',
  'infra',
  'layers',
  'local/monitoring/jaeger',
  'local/machine',
  'local/scripts',
  'package.json',
  'tests/fixtures/bad-app.ts',
  'tsconfig.json',
];
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';
/** Of one synthesis, on a machine with other work. */
const LIMIT_MS = 300_000;

const project = mkdtempSync(join(tmpdir(), 'prior-auth-project-'));
before(() => {
  for (const part of PARTS)
    cpSync(join(ROOT, part), join(project, part), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
});
after(() => rmSync(project, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the script with more arguments, `out` being its folder. */
function synth(out: string, ...more: string[]): Promise<Ended> {
  const child = spawn('npm', ['run', 'synth', '--silent', '--', '--output', out, ...more], {
    cwd: project,
    env: {
      PATH: process.env['PATH'],
      HOME: join(project, 'home'),
      CI: 'true',
      AWS_EC2_METADATA_DISABLED: 'true',
      HTTP_PROXY: NOWHERE,
      HTTPS_PROXY: NOWHERE,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, output }));
  });
}

/** What the CDK notes of itself when the machine is slow. */
const NOT_DEPLOYED = 'performance-counters.json';

/** Each file of a folder with a hash of its content. */
function contentsOf(folder: string): Record<string, string> {
  const files = globSync('**/*', { cwd: join(project, folder) }).filter(
    (file) => statSync(join(project, folder, file)).isFile() && file !== NOT_DEPLOYED,
  );
  const hash = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(project, folder, file)))
      .digest('hex');
  return Object.fromEntries(files.sort().map((file) => [file, hash(file)]));
}

const Asset = z.object({
  Type: z.enum(['AWS::Lambda::Function', 'AWS::Lambda::LayerVersion']),
  Properties: z.object({ FunctionName: z.optional(z.string()), Description: z.optional(z.string()) }),
  Metadata: z.object({ 'aws:asset:path': z.string() }),
});
const Template = z.object({ Resources: z.record(z.string(), z.unknown()) });

/** The folder of what each function and layer is made of. */
function assetsOf(template: string): Record<string, string> {
  const { Resources } = Template.parse(JSON.parse(readFileSync(join(project, template), 'utf8')));
  const found = Object.values(Resources).flatMap((resource) => {
    const { data } = Asset.safeParse(resource);
    if (data === undefined) return [];
    const { FunctionName, Description } = data.Properties;
    const layer = Description?.startsWith('OpenTelemetry') ? 'layers' : 'authorities';
    return [[FunctionName?.replace('prior-auth-sandbox-', '') ?? layer, data.Metadata['aws:asset:path']]];
  });
  return z.record(z.string(), z.string()).parse(Object.fromEntries(found));
}

describe('npm run synth', () => {
  it('gives the same bytes each time, with no account and no Internet', { timeout: 2 * LIMIT_MS }, async () => {
    for (const out of ['first', 'second']) {
      const { code, output } = await synth(out);
      assert.equal(code, 0, output);
    }
    const first = contentsOf('first');
    assert.ok(Object.keys(first).includes('prior-auth-sandbox.template.json'));
    assert.deepEqual(contentsOf('second'), first);
  });

  it('deploys the bundles and the layer as they are built, and beside them what only the cloud needs', () => {
    const assets = assetsOf('first/prior-auth-sandbox.template.json');
    const { migrate = '', authorities = '', ...built } = assets;
    assert.deepEqual(Object.keys(built).sort(), [
      'bridge',
      'health',
      'layers',
      'metrics',
      'reconcile',
      'status',
      'submit',
    ]);
    for (const [name, asset] of Object.entries(built)) {
      const folder = name === 'layers' ? name : `functions/${name}`;
      assert.deepEqual(contentsOf(`first/${asset}`), contentsOf(`dist/${folder}`), name);
    }
    const files = globSync('*.sql', { cwd: join(ROOT, 'infra/database') });
    assert.deepEqual(Object.keys(contentsOf(`first/${migrate}`)), [...files, 'handler.js'].sort());
    assert.deepEqual(Object.keys(contentsOf(`first/${authorities}`)), ['rds/authorities.pem']);
  });

  it('ends with an error when any check finds something', { timeout: LIMIT_MS }, async () => {
    const { code, output } = await synth('bad', '--app', 'node tests/fixtures/bad-app.ts');
    assert.equal(code, 1);
    for (const finding of [
      'AwsSolutions::AwsSolutions-SQS4',
      'HIPAA.Security::HIPAA.Security-LambdaConcurrency',
      'Serverless::Serverless-SQSRedrivePolicy',
      'BadIntegration the integration (30000 ms) must be shorter than what API Gateway allows (30000 ms)',
      'BadFunction has a way to the Internet and needs none',
    ]) {
      assert.ok(output.includes(finding), `${finding} is missing in ${output}`);
    }
  });

  it('ends with an error that names what is wrong in the context', { timeout: LIMIT_MS }, async () => {
    const { code, output } = await synth('wrong', '--context', 'stage=staging');
    assert.equal(code, 1);
    assert.match(output, /Invalid context: stage must be one of sandbox, production/);
  });
});
