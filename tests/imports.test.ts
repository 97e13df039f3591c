import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, test } from 'vitest';
import * as z from 'zod/mini';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDERS = ['functions', 'layers', 'infra', 'local', 'bench', 'tests'];

const Report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** Runs dependency-cruiser with the project's rules over the project's folders below `root`. */
async function cruise(root: string) {
  const command = join(ROOT, 'node_modules', '.bin', 'depcruise');
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...FOLDERS];
  const { stdout } = await promisify(execFile)(command, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return Report.parse(JSON.parse(stdout)).summary;
}

test('the project keeps the direction of imports, and its modules are really read', async () => {
  const { totalCruised, violations } = await cruise(ROOT);
  assert.deepEqual(violations, []);
  // A parser that does not know the sources finds no module, and so no violation.
  assert.ok(totalCruised > 100, `${totalCruised} modules`);
});

/** A breach of each rule: the rule, the file that imports, and what it imports. */
const BREACHES: [string, string, string][] = [
  ['contract-stands-on-nothing', 'functions/contract/spans.ts', 'functions/runtime/problem.ts'],
  ['contract-stands-on-nothing', 'functions/contract/values.ts', 'functions/series/series.ts'],
  ['contract-stands-on-nothing', 'functions/contract/request-id.ts', 'zod'],
  ['contract-stands-on-nothing', 'functions/contract/files.ts', 'node:fs'],
  ['contract-stands-on-nothing', 'functions/contract/line.ts', 'functions/contract/schemas/wide-line.ts'],
  ['schemas-stand-on-zod', 'functions/contract/schemas/tombstone.ts', 'functions/prior-auth/tombstone.ts'],
  ['schemas-are-for-readers', 'functions/runtime/wide-event.ts', 'functions/contract/schemas/wide-line.ts'],
  ['schemas-are-for-readers', 'functions/bridge/read.ts', 'functions/contract/schemas/wide-line.ts'],
  ['schemas-are-for-readers', 'layers/otel/export/read.ts', 'functions/contract/schemas/wide-line.ts'],
  ['schemas-are-for-readers', 'local/console/page/logs/read.ts', 'functions/contract/schemas/wide-line.ts'],
  ['entries-are-apart', 'functions/submit/submit.ts', 'functions/status/status.ts'],
  ['domains-are-apart', 'functions/prior-auth/events.ts', 'functions/series/store.ts'],
  ['domains-are-apart', 'functions/series/samples.ts', 'functions/prior-auth/npi.ts'],
  ['domains-are-apart', 'functions/series/series.ts', 'functions/status/status.ts'],
  ['runtime-stands-on-the-contract', 'functions/runtime/serve.ts', 'functions/prior-auth/npi.ts'],
  ['runtime-stands-on-the-contract', 'functions/runtime/log.ts', 'functions/series/store.ts'],
  ['postgres-in-stores', 'functions/status/status.ts', 'postgres'],
  ['postgres-in-stores', 'local/launcher/launcher.ts', 'postgres'],
  ['opentelemetry-api-only', 'functions/runtime/span.ts', '@opentelemetry/sdk-trace'],
  ['functions-stand-by-themselves', 'functions/metrics/metrics.ts', 'infra/build.ts'],
  ['functions-stand-by-themselves', 'functions/health/health.ts', 'local/machine/settings.ts'],
  ['command-lines-are-of-scripts', 'functions/health/handler.ts', 'local/machine/command.ts'],
  ['opentelemetry-api-only', 'layers/otel/trace/provider.ts', '@opentelemetry/sdk-trace'],
  ['layer-is-apart', 'layers/otel/otel.ts', 'functions/prior-auth/npi.ts'],
  ['http-could-be-a-library', 'layers/otel/http/connection.ts', 'layers/otel/export/reply.ts'],
  ['http-could-be-a-library', 'layers/otel/http/client.ts', 'layers/otel/warning.ts'],
  ['layer-has-floors', 'layers/otel/trace/span-buffer.ts', 'layers/otel/export/exporter.ts'],
  ['layer-has-floors', 'layers/otel/redaction/allow-list.ts', 'layers/otel/trace/span.ts'],
  ['layer-has-floors', 'layers/otel/settings/settings.ts', 'layers/otel/http/request.ts'],
  ['layer-has-floors', 'layers/otel/export/otlp-json.ts', 'layers/otel/lambda/extension.ts'],
  ['local-talks-by-processes', 'local/api.ts', 'functions/prior-auth/npi.ts'],
  ['local-talks-by-processes', 'local/launcher/watch.ts', 'infra/build.ts'],
  ['machine-stands-on-nothing', 'local/machine/ports.ts', 'local/client/addresses.ts'],
  ['embedded-parts-stand-on-the-machine', 'local/embedded/api/api.ts', 'local/monitoring/slo.ts'],
  ['embedded-parts-stand-on-the-machine', 'local/monitoring/slo.ts', 'local/client/http.ts'],
  ['gateway-asks-the-emulator', 'local/gateway/http-api.ts', 'local/launcher/launcher.ts'],
  ['client-asks-the-parts', 'local/client/http.ts', 'local/doctor/hop.ts'],
  ['views-are-apart', 'local/demo/explain.ts', 'local/doctor/hop.ts'],
  ['views-are-apart', 'local/doctor/hops/row.ts', 'local/console/contract.ts'],
  ['views-are-apart', 'local/console/routes.ts', 'local/launcher/launcher.ts'],
  ['launcher-knows-no-containers', 'local/launcher/ready.ts', 'local/stack/settings.ts'],
  ['stack-starts-the-launcher', 'local/stack/stack.ts', 'local/demo/explain.ts'],
  ['page-is-for-the-browser', 'local/console/page/read.ts', 'local/client/http.ts'],
  ['page-is-for-the-browser', 'local/console/page/main.tsx', 'local/machine/settings.ts'],
  ['infra-takes-types', 'infra/app.ts', 'functions/status/status.ts'],
  ['infra-takes-types', 'infra/stacks/prior-auth.ts', 'functions/runtime/database-login.ts'],
  ['migrator-stands-on-runtime', 'infra/migrator/handler.ts', 'functions/prior-auth/store.ts'],
  ['migrator-stands-on-runtime', 'infra/database/roles.ts', 'functions/status/status.ts'],
  ['sources-never-import-tests', 'local/machine/settings.ts', 'tests/database.ts'],
  ['no-circular', 'local/ring/one.ts', 'local/ring/other.ts'],
  ['not-resolvable', 'local/launcher/options.ts', 'local/missing.ts'],
];
/** A breach by way of a module that may do what it does: the page takes it. */
const INDIRECT: (typeof BREACHES)[number] = [
  'schemas-are-for-readers',
  'local/console/page/trace/headline.tsx',
  'functions/contract/schemas/wide-line.ts',
];
const CATALOGUE = 'functions/contract/catalogue.ts';
const COMMAND = 'local/machine/command.ts';
/** What the rules let through. */
const ALLOWED: [string, string][] = [
  // A ring is reported once, from where it is entered.
  ['local/ring/other.ts', 'local/ring/one.ts'],
  ['functions/bridge/handler.ts', 'functions/series/store.ts'],
  ['functions/bridge/bridge.ts', 'functions/runtime/problem.ts'],
  ['functions/contract/attributes.ts', 'functions/contract/values.ts'],
  ['functions/contract/schemas/line.ts', 'functions/contract/request-id.ts'],
  ['functions/contract/schemas/wide-line.ts', 'zod'],
  ['functions/verify/log.ts', 'functions/contract/schemas/wide-line.ts'],
  ['local/launcher/request-line.ts', 'functions/contract/schemas/wide-line.ts'],
  ['functions/status/handler.ts', 'functions/contract/request-id.ts'],
  ['layers/otel/redaction/names.ts', 'functions/contract/spans.ts'],
  ['local/console/page/trace/span-row.tsx', 'functions/contract/spans.ts'],
  ['functions/prior-auth/schema.ts', CATALOGUE],
  ['infra/database/settings.ts', 'functions/runtime/database-login.ts'],
  ['infra/sbom/main.ts', COMMAND],
  ['functions/verify/cli.ts', COMMAND],
  ['functions/purge/options.ts', COMMAND],
  ['bench/main.ts', COMMAND],
  ['bench/cold.ts', 'tests/database.ts'],
  ['functions/prior-auth/store.ts', 'postgres'],
  ['functions/runtime/postgres.ts', 'postgres'],
  ['infra/database/migrate.ts', 'postgres'],
  ['functions/runtime/telemetry.ts', '@opentelemetry/api'],
  ['layers/otel/trace/tracer.ts', '@opentelemetry/api'],
  ['layers/otel/trace/sampling.ts', CATALOGUE],
  ['local/shipper.ts', CATALOGUE],
  ['infra/dashboard.ts', CATALOGUE],
  ['local/client/log-line.ts', 'local/embedded/shipper/tail.ts'],
  ['local/client/log-line.ts', 'local/machine/folders.ts'],
  ['local/demo/main.ts', 'local/client/addresses.ts'],
  ['local/doctor/hops/grafana.ts', 'local/monitoring/grafana/uids.ts'],
  ['local/console/page/trace/headline.tsx', 'local/client/jaeger-span.ts'],
  ['local/client/jaeger-span.ts', 'functions/contract/schemas/wide-line.ts'],
  ['local/stack/main.ts', 'local/launcher/options.ts'],
  ['tests/any.test.ts', 'functions/prior-auth/store.ts'],
];
const PACKAGES = ['postgres', 'zod', '@opentelemetry/api', '@opentelemetry/sdk-trace'];

const planted = mkdtempSync(join(tmpdir(), 'prior-auth-imports-'));
afterAll(() => rmSync(planted, { recursive: true }));

function plant(file: string, content: string): void {
  mkdirSync(dirname(join(planted, file)), { recursive: true });
  writeFileSync(join(planted, file), content);
}

function specifier(from: string, to: string): string {
  return PACKAGES.includes(to) || to.startsWith('node:') ? to : `${'../'.repeat(from.split('/').length - 1)}${to}`;
}

test('each planted breach is reported by the name of its rule, and nothing else is', async () => {
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json']) cpSync(join(ROOT, name), join(planted, name));
  for (const name of PACKAGES) {
    plant(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    plant(`node_modules/${name}/index.js`, '');
  }
  const edges = [...BREACHES.map(([, from, to]): [string, string] => [from, to]), ...ALLOWED];
  for (const [, to] of edges)
    if (to.endsWith('.ts') && to !== 'local/missing.ts') plant(to, 'export const here = 1;\n');
  for (const [from, to] of edges) plant(from, `import { here } from '${specifier(from, to)}';\nexport { here };\n`);
  plant('infra/stack.ts', `import type { here } from '../functions/status/status.ts';\nexport type { here };\n`);

  const { violations } = await cruise(planted);
  const found = violations.map(({ rule, from, to }) => [rule.name, from, to]);
  const expected = [...BREACHES, INDIRECT].map(([rule, from, to]) => [
    rule,
    from,
    PACKAGES.includes(to)
      ? `node_modules/${to}/index.js`
      : rule === 'not-resolvable'
        ? specifier(from, to)
        : to.replace(/^node:/, ''),
  ]);
  assert.deepEqual(found.sort(), expected.sort());
});
