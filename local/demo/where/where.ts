import * as z from 'zod/mini';
import { traceUrl } from '../../client/addresses.ts';
import type { Answer } from '../answer.ts';
import type { Example } from '../examples.ts';
import { ask, poll, readJson } from '../../client/http.ts';
import { check, type Check, type Findings } from '../section.ts';
import type { System } from '../system.ts';
import { JaegerSpan, tagOf } from '../../client/trace.ts';
import { drawTimeline } from './timeline.ts';
import { buildTree, findBottleneck, outline, type SpanNode } from '../../embedded/traces/tree/tree.ts';

const TRACE_TIMEOUT_MS = 10_000;
const SLOW_SPAN = 'vip_member_slow_query';

const Traces = z.object({ data: z.array(z.object({ spans: z.array(JaegerSpan) })) });

/** The request's spans as the trace API gives them back, in the tree that they must make. */
export async function explainWhere({ traces }: System, { traceId }: Answer, example: Example): Promise<Findings> {
  const expected = expectedOutline(example);
  const roots = await poll(
    () => readTrace(traces, traceId),
    (found) => outline(found) === expected,
    TRACE_TIMEOUT_MS,
  );
  const [root] = roots;
  if (root === undefined) throw new Error(`There is no trace ${traceId} at ${traces}.`);
  const bottleneck = findBottleneck(root);
  const found = outline(roots);
  return {
    lines: [traceUrl(traces, traceId), ...drawTimeline(root, bottleneck)],
    checks: [check(found === expected, `The spans are ${found}, not ${expected}.`), ...judge(bottleneck, example)],
  };
}

async function readTrace(traces: string, traceId: string): Promise<SpanNode<JaegerSpan>[]> {
  const reply = await ask(`${traces}/api/traces/${traceId}`).catch((cause: unknown) => {
    throw new Error(`There is no trace to read: nothing answers at ${traces} (TRACES_PORT).`, { cause });
  });
  const found = reply.status === 200 ? readJson(Traces, reply) : undefined;
  return buildTree(found?.data.flatMap((trace) => trace.spans) ?? []);
}

function expectedOutline(example: Example): string {
  if (example.outcome === 'refused') return 'POST /prior-auth/submit(submit_prior_auth)';
  const steps = ['generate_request_id', ...(example.slow ? [SLOW_SPAN] : []), 'validate_npi', 'database_insert'];
  return `POST /prior-auth/submit(submit_prior_auth(${steps.join(', ')}))`;
}

function judge(bottleneck: SpanNode<JaegerSpan> | undefined, example: Example): Check[] {
  if (example.outcome === 'refused' || !example.slow) return [];
  const { span } = bottleneck ?? {};
  return [
    check(
      span?.operationName === SLOW_SPAN,
      `The bottleneck is ${span?.operationName ?? 'nowhere'}, not ${SLOW_SPAN}.`,
    ),
    check(
      span !== undefined && tagOf(span, 'delay_ms') === 2000 && typeof tagOf(span, 'reason') === 'string',
      'The bottleneck does not say its delay_ms and reason.',
    ),
  ];
}
