import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'vitest';
import { databaseUrlFault, otlpEndpointFault } from '../../../functions/contract/settings-rules.ts';
import { readCommandSettings } from '../../../functions/runtime/commands/settings.ts';
import { loginSettings, readSettings as readFunctionSettings } from '../../../functions/runtime/settings.ts';
import { readDatabase } from '../../../infra/database/settings.ts';
import { readSettings as readContext } from '../../../infra/settings.ts';
import { readSettings as readLayerSettings } from '../../../layers/otel/settings/settings.ts';
import { parseSettings } from '../../../local/machine/settings.ts';

const { DATABASE_URL: BEFORE } = process.env;
afterEach(() => {
  if (BEFORE === undefined) delete process.env['DATABASE_URL'];
  else process.env['DATABASE_URL'] = BEFORE;
});

describe('DATABASE_URL is judged alike by functions, commands, the migrator and local', () => {
  const rule = /^(Invalid settings:\s+)?DATABASE_URL must be postgresql:\/\/user:password@host:5432\/database$/;
  for (const bad of ['mysql://user:SECRET@host/db', 'host:5432/SECRET', 'postgresqls://SECRET', 'SECRET']) {
    test(`${bad} is refused by the rule`, async () => {
      assert.match(`DATABASE_URL ${databaseUrlFault(bad)}`, rule);
      process.env['DATABASE_URL'] = bad;
      assert.throws(() => readFunctionSettings(loginSettings, { DATABASE_URL: bad }), { message: rule });
      assert.throws(() => parseSettings({ DATABASE_URL: bad }), { message: rule });
      assert.throws(readCommandSettings, { message: rule });
      await assert.rejects(readDatabase(), { message: rule });
    });
  }

  for (const good of ['postgres://host', 'postgresql://user@host:5432/d%40b?sslmode=require', 'postgresql:///db']) {
    test(`${good} is taken`, async () => {
      assert.equal(databaseUrlFault(good), undefined);
      process.env['DATABASE_URL'] = good;
      assert.equal(readFunctionSettings(loginSettings, { DATABASE_URL: good }).DATABASE_URL, good);
      assert.equal(parseSettings({ DATABASE_URL: good }).DATABASE_URL, good);
      assert.equal(readCommandSettings().database?.['DATABASE_URL'], good);
      assert.equal((await readDatabase()).url, good);
    });
  }
});

describe('an OTLP endpoint is judged alike by the layer, local and a deployment', () => {
  const refused: [string, RegExp][] = [
    ['localhost:4318', /^must be an http or https URL/],
    ['http://', /^must be an http or https URL/],
    ['http://collector?key=SECRET', /^must have no query and no fragment$/],
    ['http://collector/#SECRET', /^must have no query and no fragment$/],
    ['http://user:%SECRET@collector', /^must have percent-encoded credentials$/],
    ['http://collector/v1/traces', /^must be the base URL without \/v1\/traces: the code adds it$/],
    ['http://collector/tenant/v1/traces//', /^must be the base URL without \/v1\/traces: the code adds it$/],
  ];
  for (const [bad, rule] of refused) {
    test(`${bad} is refused: ${rule.source}`, () => {
      const fault = otlpEndpointFault(bad);
      assert.match(fault ?? '', rule);
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: bad };
      assert.deepEqual(readLayerSettings(environment).faults, [`OTEL_EXPORTER_OTLP_ENDPOINT ${fault}`]);
      assert.throws(() => parseSettings(environment), {
        message: `Invalid settings:\n  OTEL_EXPORTER_OTLP_ENDPOINT ${fault}`,
      });
      assert.throws(() => readContext({ stage: 'sandbox', otlp: bad }), /Invalid context: otlp must be/);
    });
  }

  for (const good of ['http://localhost:4318', 'https://collector.example/tenant/', 'https://collector/v1/traces-of']) {
    test(`${good} is taken`, () => {
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: good };
      assert.deepEqual(readLayerSettings(environment).faults, []);
      assert.equal(parseSettings(environment).OTEL_EXPORTER_OTLP_ENDPOINT, good);
      assert.deepEqual(readContext({ stage: 'sandbox', otlp: good }).otlp, new URL(good));
    });
  }
});
