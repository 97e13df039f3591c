import { toAnswer } from '../client/answer.ts';
import { follow, type Place } from '../client/follow.ts';
import { requireReply } from '../client/http.ts';
import { judgeAnswer } from './answer.ts';
import type { Example } from './examples.ts';
import { LIMITS_MS } from './limits.ts';
import { section, type Section } from './section.ts';
import { explainWhat } from './what/what.ts';
import { explainWhere } from './where/where.ts';
import { explainAcceptance } from './why/acceptance.ts';
import { explainRefusal } from './why/refusal.ts';

/**
 * Follows one request, and asks each hop what it knows about it.
 * @throws Error when nothing answers to it
 */
export async function explain(place: Place, example: Example): Promise<Section[]> {
  const sent = await follow(place, example, LIMITS_MS);
  const answer = toAnswer(requireReply(sent.reply, `Nothing answers at ${place.api}.`));
  return [
    await section('ANSWER', () => judgeAnswer(answer, sent.microseconds, example)),
    await section('WHERE the time went: the trace', () => explainWhere(place, sent, example)),
    await section('WHAT was counted: /metrics before and after', () => explainWhat(place, sent, example)),
    example.outcome === 'accepted'
      ? await section('WHY it was accepted: the audit trail', () => explainAcceptance(place, sent, answer))
      : await section('WHY it was refused: the problem and the log', () =>
          explainRefusal(place, sent, answer, example),
        ),
  ];
}
