/**
 * `.ci/run` with other programs on PATH than this machine has, and apt-get and npm that only note what they are asked
 * for.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { findProgram } from '../local/machine/find-program.ts';
import { findTool, notRun } from './tools.ts';

const GATE = resolve(import.meta.dirname, '../.ci/run');
const UPDATE = 'apt-get update -qq';
const INSTALL = 'apt-get install -y -qq --no-install-recommends';
const TESTS = ['npm ci', 'npm test'];

/** A folder with programs that note their name and arguments in `asked`. */
function folderOf(t: TestContext, programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-tools-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of programs) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${folder}/asked"\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

/** What the gate asks of apt-get and npm where only `programs` are installed. */
function gateWith(t: TestContext, programs: readonly string[], userId = 0): string[] {
  const folder = folderOf(t, ['apt-get', 'npm', ...programs]);
  for (const name of ['bash', 'dirname', 'env'])
    symlinkSync(findProgram(name, process.env['PATH']) ?? '', join(folder, name));
  writeFileSync(join(folder, 'id'), `#!/bin/sh\necho ${userId}\n`, { mode: 0o755 });
  execFileSync(join(folder, 'bash'), [GATE], { env: { PATH: folder } });
  return readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
}

const PROMETHEUS = ['prometheus', 'promtool'];
const ALERTMANAGER = ['prometheus-alertmanager', 'amtool'];

describe('the gate', () => {
  test('installs what is missing, in one go, before it tests', (t) => {
    const all = `${INSTALL} prometheus prometheus-alertmanager chromium`;
    assert.deepEqual(gateWith(t, []), [UPDATE, all, ...TESTS]);
    const asksFor = (missing: string, programs: readonly string[]) =>
      assert.deepEqual(gateWith(t, programs), [UPDATE, `${INSTALL} ${missing}`, ...TESTS]);
    asksFor('prometheus', ['chromium', 'prometheus', ...ALERTMANAGER]);
    asksFor('prometheus', ['chromium', 'promtool', ...ALERTMANAGER]);
    asksFor('prometheus-alertmanager', ['chromium', 'amtool', ...PROMETHEUS]);
    asksFor('prometheus-alertmanager', ['chromium', 'prometheus-alertmanager', ...PROMETHEUS]);
    asksFor('chromium', [...PROMETHEUS, ...ALERTMANAGER]);
  });

  test('asks for the right to install where it is not root', (t) => {
    assert.deepEqual(gateWith(t, ['sudo', ...ALERTMANAGER], 1000), [
      `sudo ${UPDATE}`,
      `sudo env DEBIAN_FRONTEND=noninteractive ${INSTALL} prometheus chromium`,
      ...TESTS,
    ]);
  });

  for (const browser of ['chromium', 'google-chrome', 'chromium-browser']) {
    test(`installs nothing where ${browser} is, which the tests then find`, (t) => {
      const programs = [browser, ...PROMETHEUS, ...ALERTMANAGER];
      assert.deepEqual(gateWith(t, programs), TESTS);
      const folder = folderOf(t, programs);
      assert.equal(findTool('chromium', folder), join(folder, browser));
      assert.deepEqual(notRun(folder), []);
    });
  }

  test('takes an Alertmanager by its own name, too', (t) => {
    const programs = ['chromium', 'alertmanager', 'amtool', ...PROMETHEUS];
    assert.deepEqual(gateWith(t, programs), TESTS);
    const folder = folderOf(t, programs);
    assert.equal(findTool('alertmanager', folder), join(folder, 'alertmanager'));
  });
});

test('what cannot be run is named with the program that is missing', (t) => {
  assert.deepEqual(notRun(folderOf(t, [...PROMETHEUS, ...ALERTMANAGER])), [
    "the console's tests in a browser: chromium is not on PATH",
  ]);
  assert.equal(notRun('').length, 5);
});
