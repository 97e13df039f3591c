import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { readToken, writeToken } from '../../../local/machine/launcher-token.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the token is another one in each run, and only its owner reads it, whatever stood there before', () => {
  const file = join(folder, 'launcher-token');
  assert.equal(readToken(file), undefined);
  writeFileSync(file, 'old', { mode: 0o644 });
  const first = writeToken(file);
  assert.equal(readToken(file), first);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(first.length >= 43);
  assert.notEqual(writeToken(file), first);
});
