/** `npm run demo`: three requests against the running system, each explained on one screen by where, what and why. */
import { locate } from '../client/addresses.ts';
import { ask, requireReply } from '../client/http.ts';
import { runToEnd, takeNoOptions } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { EXAMPLES } from './examples.ts';
import { explain } from './explain.ts';
import { HELP } from './help.ts';
import { LIMITS_MS } from './limits.ts';
import { renderExample, renderSummary } from './report.ts';
import type { Check } from './section.ts';

takeNoOptions({ name: 'demo', help: HELP });

await runToEnd(demonstrate);

/** @returns the exit code: 0 when every check passed. */
async function demonstrate(): Promise<number> {
  // The spools are left alone: the demo shows what anybody can ask for.
  const place = { ...locate(readSettings()), folders: [] };
  const health = await ask(`${place.api}/health`, LIMITS_MS.submit);
  requireReply(health, `Nothing answers at ${place.api}: start npm run local first.`);
  const checks: Check[] = [];
  for (const [index, example] of EXAMPLES.entries()) {
    const sections = await explain(place, example);
    console.log(renderExample(`${index + 1} of ${EXAMPLES.length}: ${example.title}`, sections));
    checks.push(...sections.flatMap((section) => section.checks));
  }
  console.log(renderSummary(EXAMPLES.length, checks));
  return checks.every((check) => check.passed) ? 0 : 1;
}
