import type { Answer } from '../client/answer.ts';
import { formatDuration } from '../embedded/traces/duration.ts';
import type { Example } from './examples.ts';
import { check, type Check, type Findings } from './section.ts';

const SLOW_MICROSECONDS = 2_000_000;

/** What the caller sees. Of the body only the PA number and the state are shown: the rest is the patient's. */
export function judgeAnswer(answer: Answer, microseconds: number, example: Example): Findings {
  const { status, traceId, created, problem, location } = answer;
  const outcome = created ? `${created.request_id} ${created.status}, Location: ${location}` : problem?.title;
  const expected = example.outcome === 'accepted' ? 201 : 422;
  const faults = problem?.errors.map(({ field, rule }) => ` ${field}: ${rule}.`).join('') ?? '';
  return {
    lines: [
      `POST /prior-auth/submit → ${status} in ${formatDuration(microseconds)}`,
      `${outcome ?? 'no body'}, x-trace-id: ${traceId}`,
    ],
    checks: [
      check(status === expected, `The answer is ${status}, not ${expected}.${faults}`),
      check(/^[0-9a-f]{32}$/.test(traceId), 'The answer carries no trace id in x-trace-id.'),
      ...judgeOutcome(answer, microseconds, example),
    ],
  };
}

function judgeOutcome(answer: Answer, microseconds: number, example: Example): Check[] {
  const { created, problem, location } = answer;
  if (example.outcome === 'refused') {
    return [
      check(answer.contentType.startsWith('application/problem+json'), 'The refusal is not application/problem+json.'),
      check(problem?.trace_id === answer.traceId, 'The problem does not name the trace of its answer.'),
    ];
  }
  return [
    check(created !== undefined, 'The body names no request_id and status.'),
    check(location === `/prior-auth/${created?.request_id}`, 'The Location is not /prior-auth/{request_id}.'),
    check(
      !example.slow || microseconds >= SLOW_MICROSECONDS,
      `The slow case took ${formatDuration(microseconds)}, not two seconds: SIMULATE_SLOW_MEMBER is not true there.`,
    ),
  ];
}
