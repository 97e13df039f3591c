import assert from 'node:assert/strict';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { writeConfigurationFolder } from '../../../local/machine/configuration-folder.ts';

const top = mkdtempSync(join(tmpdir(), 'prior-auth-folder-'));
afterAll(() => rmSync(top, { recursive: true }));
const folder = join(top, 'stack', 'prometheus');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('a folder of configuration', () => {
  test('is readable by any account of a container, and behind a folder that no other account of this machine enters', () => {
    mkdirSync(join(top, 'stack'), { mode: 0o755 });
    const umask = process.umask(0o077);
    writeConfigurationFolder(folder, { 'main.yml': 'a', 'rules/slo.yml': 'b' });
    process.umask(umask);
    assert.equal(modeOf(join(top, 'stack')), '700');
    assert.deepEqual([folder, join(folder, 'rules')].map(modeOf), ['755', '755']);
    assert.deepEqual([join(folder, 'main.yml'), join(folder, 'rules', 'slo.yml')].map(modeOf), ['644', '644']);
    assert.equal(readFileSync(join(folder, 'rules', 'slo.yml'), 'utf8'), 'b');
  });

  test('holds what was written last and nothing older, and stays the folder that a container has as its volume', () => {
    writeConfigurationFolder(folder, { 'main.yml': 'a', 'rules/old.yml': 'b', secret: 'c' });
    // Held, so that no other folder can get its number.
    const held = openSync(folder, 'r');
    writeConfigurationFolder(folder, { 'main.yml': 'new', 'rules/slo.yml': 'b' });
    assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), ['main.yml', 'rules', 'rules/slo.yml']);
    assert.equal(readFileSync(join(folder, 'main.yml'), 'utf8'), 'new');
    assert.equal(statSync(folder).ino, fstatSync(held).ino);
    closeSync(held);
  });
});
