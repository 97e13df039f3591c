import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'vitest';

function startSleeper(context: TestContext): ChildProcess {
  const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
  context.onTestFinished(() => void sleeper.kill('SIGKILL'));
  return sleeper;
}

test(
  'the end of a process is that of all it watched over, but for those it spared',
  { timeout: 60_000 },
  async (context) => {
    const [first, spared, last] = [startSleeper(context), startSleeper(context), startSleeper(context)];
    const program = `import { spare, watchOver } from ${JSON.stringify(join(import.meta.dirname, 'reaper.ts'))};
    for (const pid of [${first.pid}, ${spared.pid}, ${last.pid}]) watchOver(pid);
    for (let times = 0; times < 50; times++) spare(${spared.pid});
    process.stdout.write('ready');
    setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const ended = [first, last].map((sleeper) => once(sleeper, 'exit'));
    child.kill('SIGKILL');
    for (const end of ended) assert.deepEqual(await end, [null, 'SIGKILL']);
    assert.equal(spared.exitCode ?? spared.signalCode, null);
  },
);
