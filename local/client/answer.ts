/** What the API answers to a submit. */
import * as z from 'zod/mini';
import { isRequestId } from '../../functions/contract/request-id.ts';
import { readJson, type Reply } from './http.ts';

const Created = z.object({ request_id: z.string().check(z.refine(isRequestId)), status: z.string() });

const Fault = z.object({ field: z.string(), rule: z.string(), detail: z.string() });
export type Fault = z.infer<typeof Fault>;

/** RFC 9457, with the faults of the submit. */
const Problem = z.object({ title: z.string(), trace_id: z.string(), errors: z._default(z.array(Fault), []) });

export interface Answer {
  readonly status: number;
  /** Of `x-trace-id`; empty when there is none. */
  readonly traceId: string;
  readonly contentType: string;
  readonly location: string | undefined;
  readonly created: z.infer<typeof Created> | undefined;
  readonly problem: z.infer<typeof Problem> | undefined;
}

export function toAnswer(reply: Reply): Answer {
  return {
    status: reply.status,
    traceId: reply.headers.get('x-trace-id') ?? '',
    contentType: reply.headers.get('content-type') ?? '',
    location: reply.headers.get('location') ?? undefined,
    created: reply.status === 201 ? readJson(Created, reply) : undefined,
    problem: reply.status >= 400 ? readJson(Problem, reply) : undefined,
  };
}
