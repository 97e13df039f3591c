import { judgeAnswer, submit } from './answer.ts';
import type { Example } from './examples.ts';
import { section, type Section } from './section.ts';
import type { System } from './system.ts';
import { readSeries } from './what/series.ts';
import { explainWhat } from './what/what.ts';
import { explainWhere } from './where/where.ts';
import { explainAcceptance } from './why/acceptance.ts';
import { explainRefusal } from './why/refusal.ts';

/**
 * Sends one request and asks the system everything that it knows about it.
 * @throws Error when the request cannot be sent, or the counters cannot be read before it
 */
export async function explain(system: System, example: Example): Promise<Section[]> {
  const before = await readSeries(system.api);
  const answer = await submit(system.api, example.body);
  return [
    await section('ANSWER', () => judgeAnswer(answer, example)),
    await section('WHERE the time went: the trace', () => explainWhere(system, answer, example)),
    await section('WHAT was counted: /metrics before and after', () => explainWhat(system, before, example)),
    example.outcome === 'accepted'
      ? await section('WHY it was accepted: the audit trail', () => explainAcceptance(system, answer))
      : await section('WHY it was refused: the problem and the log', () => explainRefusal(system, answer, example)),
  ];
}
