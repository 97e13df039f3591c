import * as z from 'zod/mini';
import type { Example } from './examples.ts';
import { ask, readJson, type Reply } from '../client/http.ts';
import { check, type Check, type Findings } from './section.ts';
import { formatDuration } from '../embedded/traces/duration.ts';

const Created = z.object({ request_id: z.string().check(z.regex(/^PA-\d{5,}$/)), status: z.string() });

const Fault = z.object({ field: z.string(), rule: z.string(), detail: z.string() });
export type Fault = z.infer<typeof Fault>;

/** RFC 9457, with the faults of the submit. */
const Problem = z.object({ title: z.string(), trace_id: z.string(), errors: z._default(z.array(Fault), []) });

export interface Answer {
  readonly status: number;
  readonly microseconds: number;
  /** Of `x-trace-id`; empty when there is none. */
  readonly traceId: string;
  readonly contentType: string;
  readonly location: string | undefined;
  readonly created: z.infer<typeof Created> | undefined;
  readonly problem: z.infer<typeof Problem> | undefined;
}

export async function submit(api: string, body: object): Promise<Answer> {
  const started = performance.now();
  const headers = { 'content-type': 'application/json' };
  const reply = await ask(`${api}/prior-auth/submit`, { method: 'POST', headers, body: JSON.stringify(body) });
  return toAnswer(reply, Math.round((performance.now() - started) * 1000));
}

export function toAnswer(reply: Reply, microseconds: number): Answer {
  return {
    status: reply.status,
    microseconds,
    traceId: reply.headers.get('x-trace-id') ?? '',
    contentType: reply.headers.get('content-type') ?? '',
    location: reply.headers.get('location') ?? undefined,
    created: reply.status === 201 ? readJson(Created, reply) : undefined,
    problem: reply.status >= 400 ? readJson(Problem, reply) : undefined,
  };
}

const SLOW_MICROSECONDS = 2_000_000;

/** What the caller sees. Of the body only the PA number and the state are shown: the rest is the patient's. */
export function judgeAnswer(answer: Answer, example: Example): Findings {
  const { status, traceId, created, problem, location } = answer;
  const outcome = created ? `${created.request_id} ${created.status}, Location: ${location}` : problem?.title;
  const expected = example.outcome === 'accepted' ? 201 : 422;
  const faults = problem?.errors.map(({ field, rule }) => ` ${field}: ${rule}.`).join('') ?? '';
  return {
    lines: [
      `POST /prior-auth/submit → ${status} in ${formatDuration(answer.microseconds)}`,
      `${outcome ?? 'no body'}, x-trace-id: ${traceId}`,
    ],
    checks: [
      check(status === expected, `The answer is ${status}, not ${expected}.${faults}`),
      check(/^[0-9a-f]{32}$/.test(traceId), 'The answer carries no trace id in x-trace-id.'),
      ...judgeOutcome(answer, example),
    ],
  };
}

function judgeOutcome(answer: Answer, example: Example): Check[] {
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
      !example.slow || answer.microseconds >= SLOW_MICROSECONDS,
      `The slow case took ${formatDuration(answer.microseconds)}, not two seconds: SIMULATE_SLOW_MEMBER is not true there.`,
    ),
  ];
}
