import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { readCommandSettings } from '../../../functions/runtime/commands/settings.ts';
import { openFolders } from '../../../local/machine/folders.ts';
import { parseSettings } from '../../../local/machine/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-folders-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DATABASES = [
  undefined,
  'postgresql://a:secret@one:5432/x',
  'postgresql://b:other@one:5432/x',
  'postgresql://a@two:5432/x',
];

/** The log that the launcher writes for a database, and the one that the verification reads for it. */
function logsOf(databaseUrl: string | undefined): [string, string] {
  const environment = { LOCAL_DIR: folder, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) };
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return [openFolders(parseSettings(environment)).spool, readCommandSettings().spool];
  } finally {
    process.env = before;
  }
}

test('each database has a log of its own, whoever connects, and the verification reads the one that is written', () => {
  const logs = DATABASES.map(logsOf);
  for (const [written, read] of logs) assert.equal(written, read);
  const names = logs.map(([written]) => written);
  assert.equal(names[1], names[2]);
  assert.equal(new Set(names).size, 3);
  assert.doesNotMatch(names.join(), /secret|other/);
});

test('the socket of the emulator has a path that a socket can have, however deep the folder is', () => {
  const socketOf = (root: string) => openFolders(parseSettings({ LOCAL_DIR: root })).lambdaSocket;
  assert.equal(socketOf(folder), join(folder, 'lambda.sock'));
  const [deep, other] = ['a', 'b'].map((name) => socketOf(join(folder, name.repeat(80))));
  assert.ok(Buffer.byteLength(deep ?? '') <= 103, deep);
  assert.notEqual(deep, other);
});
