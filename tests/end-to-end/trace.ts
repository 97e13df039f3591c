/** A trace as Jaeger's API answers it, and what must be true of any tree of spans. */
import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import { request, until, type Stack } from './stack.ts';

const Tag = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
const Span = z.object({
  traceID: z.string(),
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), traceID: z.string(), spanID: z.string() })),
  /** Microseconds. */
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(Tag),
  processID: z.string(),
});
const Trace = z.object({
  traceID: z.string(),
  spans: z.array(Span),
  processes: z.record(z.string(), z.object({ serviceName: z.string(), tags: z.array(Tag) })),
});
const Answer = z.object({ data: z.array(Trace) });
export type Span = z.infer<typeof Span>;
export type Trace = z.infer<typeof Trace>;

/** Long after an idle machine has it: a busy one may take its time. */
const STORED_TIMEOUT_MS = 20_000;

/** Clocks of spans are in whole microseconds, each rounded by itself. */
const ROUNDING_US = 5;

/** The trace with an id, once it has `spans` spans. */
export async function readTrace(stack: Pick<Stack, 'traces'>, traceId: string, spans: number): Promise<Trace> {
  let trace: Trace | undefined;
  await until(
    async () => {
      const answer = await request(`${stack.traces}/api/traces/${traceId}`);
      trace = answer.status === 200 ? Answer.parse(answer.json).data[0] : undefined;
      return trace !== undefined && trace.spans.length >= spans;
    },
    STORED_TIMEOUT_MS,
    () => `trace ${traceId} has ${trace?.spans.length ?? 0} spans instead of ${spans}`,
  );
  return trace!;
}

/** The traces that a query finds. */
export async function findTraces(stack: Pick<Stack, 'traces'>, query: string): Promise<Trace[]> {
  return Answer.parse((await request(`${stack.traces}/api/traces?${query}`)).json).data;
}

/**
 * Names as a tree, two spaces a level, children in the order of their start. Asserts that each lies within its parent's
 * time.
 */
export function treeOf(trace: Trace): string[] {
  const byId = new Map(trace.spans.map((span) => [span.spanID, span]));
  const parentOf = (span: Span) => span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
  for (const span of trace.spans) {
    const parent = byId.get(parentOf(span) ?? '');
    if (parent === undefined) continue;
    assert.ok(span.startTime >= parent.startTime - ROUNDING_US, `${span.operationName} starts before its parent`);
    assert.ok(
      span.startTime + span.duration <= parent.startTime + parent.duration + ROUNDING_US,
      `${span.operationName} ends after its parent`,
    );
  }
  const draw = (span: Span, depth: number): string[] => {
    const children = trace.spans
      .filter((one) => parentOf(one) === span.spanID)
      .sort((a, b) => a.startTime - b.startTime);
    return [`${'  '.repeat(depth)}${span.operationName}`, ...children.flatMap((child) => draw(child, depth + 1))];
  };
  const roots = trace.spans.filter((span) => !byId.has(parentOf(span) ?? ''));
  return roots.flatMap((root) => draw(root, 0));
}

export function tagsOf(span: Span): Record<string, unknown> {
  return Object.fromEntries(span.tags.map(({ key, value }) => [key, value]));
}

export function spanNamed(trace: Trace, name: string): Span {
  const span = trace.spans.find(({ operationName }) => operationName === name);
  assert.ok(span, `the trace has no span ${name}`);
  return span;
}
