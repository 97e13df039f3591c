/** `npm run lint`, `format`, `synth`, …: reads the command line, then runs the programs that do the work. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HELP_OPTION, orEnd, parseCommand } from '../machine/command.ts';
import { ROOT } from '../machine/settings.ts';
import { SCRIPTS, type Step } from './scripts.ts';

const [name = '', ...args] = process.argv.slice(2);
const script = SCRIPTS.find((one) => one.name === name);
if (script === undefined) throw new Error(`${name} is none of ${SCRIPTS.map((one) => one.name).join(', ')}`);

const options = { ...script.options, ...HELP_OPTION };
orEnd(parseCommand(script, () => ({ help: parseArgs({ args, options, allowNegative: true }).values.help })));

for (const [index, step] of script.steps.entries()) {
  const isLast = index === script.steps.length - 1;
  process.exitCode = await run(isLast ? [...step, ...args] : step);
  if (process.exitCode !== 0) break;
}

/** @returns the exit code */
function run([program, ...args]: Step): Promise<number> {
  const command = program === 'node' ? process.execPath : join(ROOT, 'node_modules', '.bin', program);
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' });
  // Ctrl-C reaches the child by the terminal; this process stays until it has ended.
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}
