import assert from 'node:assert/strict';
import { test } from 'vitest';
import * as z from 'zod/mini';
import {
  callerSettings,
  databaseSettings,
  milliseconds,
  readSettings,
  requestSettings,
  SettingsError,
  tracerSettings,
  versionSettings,
} from '../../../functions/runtime/settings.ts';

const SHAPE = {
  ...databaseSettings,
  ...requestSettings,
  ...callerSettings,
  ...tracerSettings,
  ...versionSettings,
  NPI_CHECK_DIGIT: z._default(z.enum(['warn', 'enforce']), 'enforce'),
};
const DATABASE_URL = 'postgresql://user:password@host:5432/database';
const DEFAULTS = {
  DATABASE_URL,
  DATABASE_CONNECT_TIMEOUT_MS: 2000,
  DATABASE_LOCK_TIMEOUT_MS: 1000,
  DATABASE_STATEMENT_TIMEOUT_MS: 3000,
  REQUEST_DEADLINE_MS: 8000,
  POWERTOOLS_TRACE_ENABLED: false,
  SERVICE_VERSION: 'unknown',
  NPI_CHECK_DIGIT: 'enforce',
};

/** The message about an environment, '' for a good one. */
function refusal(environment: Record<string, string>): string {
  try {
    readSettings(SHAPE, environment);
    return '';
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message;
  }
}

test('what is not set has its default, and what is empty counts as unset', () => {
  assert.deepEqual(readSettings(SHAPE, { DATABASE_URL }), DEFAULTS);
  const empty = Object.fromEntries(Object.keys(SHAPE).map((name) => [name, '']));
  assert.deepEqual(readSettings(SHAPE, { ...empty, DATABASE_URL }), DEFAULTS);
});

test('what is set is read by its type, and what is not asked for is left alone', () => {
  const settings = readSettings(
    { REQUEST_DEADLINE_MS: milliseconds(1), ...tracerSettings, ...callerSettings },
    { REQUEST_DEADLINE_MS: '2500', POWERTOOLS_TRACE_ENABLED: 'true', ANONYMOUS_CALLER: 'local', PATH: '/bin' },
  );
  assert.deepEqual(settings, { REQUEST_DEADLINE_MS: 2500, POWERTOOLS_TRACE_ENABLED: true, ANONYMOUS_CALLER: 'local' });
});

test('every fault is reported at once, by name and rule', () => {
  assert.equal(
    refusal({ DATABASE_ROLE: 'a b', REQUEST_DEADLINE_MS: 'soon', NPI_CHECK_DIGIT: 'maybe' }),
    'Invalid settings: DATABASE_URL is not set; ' +
      'DATABASE_ROLE must be a name of a-z and _; ' +
      'REQUEST_DEADLINE_MS must be a whole number of milliseconds; ' +
      'NPI_CHECK_DIGIT must be one of warn, enforce',
  );
});

const REFUSED: [string, string][] = [
  ['DATABASE_URL', 'mysql://user:hidden@host/database'],
  ['DATABASE_URL', 'hidden'],
  ['DATABASE_ROLE', 'Hidden"; drop'],
  ['DATABASE_LOCK_TIMEOUT_MS', '0'],
  ['DATABASE_CONNECT_TIMEOUT_MS', '-1'],
  ['DATABASE_STATEMENT_TIMEOUT_MS', '1.5'],
  ['REQUEST_DEADLINE_MS', 'hidden'],
  ['REQUEST_DEADLINE_MS', 'Infinity'],
  ['POWERTOOLS_TRACE_ENABLED', 'hidden'],
  ['NPI_CHECK_DIGIT', 'hidden'],
];
for (const [name, value] of REFUSED) {
  test(`${name}=${value} is refused by its rule, without a word of the value`, () => {
    const message = refusal({ DATABASE_URL, [name]: value });
    assert.match(message, new RegExp(`^Invalid settings: ${name} must be [^;]+$`));
    assert.doesNotMatch(message, /hidden/i);
  });
}
