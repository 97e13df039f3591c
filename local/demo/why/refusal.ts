import type { Answer, Fault } from '../../client/answer.ts';
import type { Followed, Place } from '../../client/follow.ts';
import { requireReply } from '../../client/http.ts';
import { waitForLine, type SubmitLine } from '../../client/log-line.ts';
import { askForStatus, readReceivedSpans } from '../../client/trace.ts';
import type { Refused } from '../examples.ts';
import { LIMITS_MS } from '../limits.ts';
import { attempt, check, type Check, type Findings } from '../section.ts';

/** What was wrong with the request, as its caller is told and as the log has it; the database has nothing of it. */
export async function explainRefusal(
  place: Place,
  sent: Followed,
  { problem }: Answer,
  example: Refused,
): Promise<Findings> {
  const told = judgeFaults(problem?.errors ?? [], example);
  const log = await attempt(async () => judgeLogLine(await findLine(place, sent), example));
  return { lines: [...told.lines, ...log.lines], checks: [...told.checks, ...log.checks] };
}

/** The embedded trace store keeps log lines; a Jaeger keeps none. */
async function findLine(place: Place, sent: Followed): Promise<SubmitLine | undefined | 'not served'> {
  const { traces } = place;
  const status = await askForStatus(traces, LIMITS_MS.traces);
  if (readReceivedSpans(requireReply(status, `Nothing answers at ${traces}.`)) === undefined) return 'not served';
  return (await waitForLine(place, sent, LIMITS_MS))?.line;
}

export function judgeFaults(faults: readonly Fault[], example: Refused): Findings {
  const lines = faults.map(({ field, rule, detail }) => `${field.padEnd(18)} ${rule.padEnd(11)} ${detail}`);
  return { lines, checks: [judgePairs('The faults are', faults.map(toPair), example)] };
}

/** @throws Error when there is no line: it is a fault, unless the trace backend keeps none */
export function judgeLogLine(line: SubmitLine | undefined | 'not served', example: Refused): Findings {
  if (line === 'not served') return { lines: ['log lines: not served by this trace backend'], checks: [] };
  if (line === undefined) throw new Error('The log has no line that says why.');
  const { level, http_status, failed_fields, failed_rules } = line;
  const logged = failed_fields.map((field, index) => toPair({ field, rule: failed_rules[index] ?? '' }));
  const operations = Object.keys(line.database_operations ?? {});
  const stored = `request_id ${line.request_id ?? 'none'}, database_operations ${list(operations)}`;
  return {
    lines: [
      `log line: ${level}, http_status ${http_status}, ${stored}`,
      `  failed_fields  ${list(failed_fields)}`,
      `  failed_rules   ${list(failed_rules)}`,
    ],
    checks: [
      check(http_status === 422, `The log line says http_status ${http_status}, not 422.`),
      judgePairs('The log line says', logged, example),
      check(line.request_id === undefined && operations.length === 0, `Something was stored: ${stored}.`),
    ],
  };
}

function judgePairs(what: string, found: readonly string[], { rules }: Refused): Check {
  const expected = Object.entries(rules).map(([field, rule]) => toPair({ field, rule }));
  const isSame = found.toSorted().join() === expected.toSorted().join();
  return check(isSame, `${what} ${list(found)}, not ${list(expected)}.`);
}

function toPair({ field, rule }: { field: string; rule: string }): string {
  return `${field}: ${rule}`;
}

function list(texts: readonly string[]): string {
  return texts.join(', ') || 'none';
}
