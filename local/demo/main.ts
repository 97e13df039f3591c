/** `npm run demo`: three requests against the running system, each explained on one screen by where, what and why. */
import { takeNoOptions } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { fail } from '../machine/terminal.ts';
import { EXAMPLES } from './examples.ts';
import { explain } from './explain.ts';
import { HELP } from './help.ts';
import { ask } from './http.ts';
import { renderExample, renderSummary } from './report.ts';
import type { Check } from './section.ts';
import { locate } from './system.ts';

takeNoOptions({ name: 'demo', help: HELP });

try {
  process.exitCode = await demonstrate();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @returns the exit code: 0 when every check passed. */
async function demonstrate(): Promise<number> {
  const system = locate(readSettings());
  await requireApi(system.api);
  const checks: Check[] = [];
  for (const [index, example] of EXAMPLES.entries()) {
    const sections = await explain(system, example);
    console.log(renderExample(`${index + 1} of ${EXAMPLES.length}: ${example.title}`, sections));
    checks.push(...sections.flatMap((section) => section.checks));
  }
  console.log(renderSummary(EXAMPLES.length, checks));
  return checks.every((check) => check.passed) ? 0 : 1;
}

async function requireApi(api: string): Promise<void> {
  try {
    await ask(`${api}/health`);
  } catch (cause) {
    throw new Error(`Nothing answers at ${api}: start npm run local first.`, { cause });
  }
}
