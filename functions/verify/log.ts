/**
 * What the logs know of trails, checkpoints and tombstones: the side of the comparison that PostgreSQL cannot change.
 */
import * as z from 'zod/mini';
import type { Checkpoint } from '../prior-auth/checkpoint.ts';
import { fromRequestId } from '../contract/request-id.ts';
import { SubmitLine } from '../contract/schemas/wide-line.ts';
import type { Tombstone } from '../prior-auth/tombstone.ts';
import type { Finding } from './finding.ts';
import { placeOf, type Line } from './lines.ts';

/** A head that a line carries. */
export interface Witness {
  /** Undefined on lines from before heads named their row: then it is the last one's. */
  readonly seq: number | undefined;
  readonly hash: string;
  /** `doubt`: the commit's answer was lost, so there may be no such row. */
  readonly by: 'line' | 'replay' | 'reconcile' | 'doubt';
  readonly eventId: string | undefined;
  readonly traceId: string | undefined;
  readonly place: string;
}

export interface Log {
  readonly witnesses: ReadonlyMap<number, readonly Witness[]>;
  /** Whether it holds lines of requests, beside what reconcile witnessed. */
  readonly hasLines: boolean;
  /** In the order of the log, with what was written twice. */
  readonly checkpoints: readonly Checkpoint[];
  readonly tombstones: readonly Tombstone[];
  readonly findings: readonly Finding[];
}

const count = z.int().check(z.minimum(0));
const sha256 = z.nonoptional(SubmitLine.shape.audit_head);
const requestId = z.pipe(
  z.string(),
  z.transform((text, context) => {
    const id = fromRequestId(text);
    if (id === undefined) context.issues.push({ code: 'custom', input: text });
    return id ?? 0;
  }),
);

/** A submit's line, or what stands for it: reconcile's, an excerpt. A log may have a status that is none any more. */
const WitnessLine = z.extend(z.partial(z.pick(SubmitLine, { audit_seq: true, event_id: true, trace_id: true })), {
  request_id: requestId,
  audit_head: sha256,
  status: z.optional(z.string()),
  reconciled: z.optional(z.literal(true)),
});
const CheckpointLine = z.object({
  checkpoint: z.object({
    seq: count,
    after_id: count,
    last_id: count,
    heads: count,
    first_id: z.nullable(count),
    heads_sha256: sha256,
    closed_at: z.string(),
    previous: z.string(),
    hash: sha256,
  }),
});
const TombstoneLine = z.object({
  tombstone: z.object({
    seq: count,
    at: z.string(),
    purged_by: z.string(),
    reason: z.string(),
    requests: count,
    ids: z.string().check(z.regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/)),
    counts: z.record(z.string(), count),
    heads_sha256: sha256,
    previous: z.string(),
    hash: sha256,
  }),
});

/** What may be one of our lines, whole or not. */
const OURS = /^\s*\{|"(audit_head|checkpoint|tombstone)"/;

/**
 * Reads lines of any number of logs. What carries nothing of the trail is passed over; what cannot be read is a
 * finding.
 */
export async function readLog(lines: AsyncIterable<Line>): Promise<Log> {
  const witnesses = new Map<number, Witness[]>();
  const checkpoints: Checkpoint[] = [];
  const tombstones: Tombstone[] = [];
  const findings: Finding[] = [];
  const told = new Map<string, Line>();
  for await (const line of lines) {
    if (!OURS.test(line.text)) continue;
    const members = parse(line.text);
    if (members === undefined) findings.push(unreadable(line, 'cannot be read'));
    else if ('checkpoint' in members) take(CheckpointLine, ({ checkpoint }) => checkpoints.push(checkpoint));
    else if ('tombstone' in members) take(TombstoneLine, ({ tombstone }) => tombstones.push(tombstone));
    else if ('audit_head' in members)
      take(WitnessLine, (witness) => {
        const sameId = witnesses.get(witness.request_id);
        const one = toWitness(witness, line);
        if (sameId === undefined) witnesses.set(witness.request_id, [one]);
        else sameId.push(one);
        const again = toldBefore(told, one, line);
        if (again !== undefined) findings.push(again);
      });
    function take<Shape>(schema: z.ZodMiniType<Shape>, keep: (value: Shape) => unknown): void {
      const result = schema.safeParse(members);
      if (result.success) keep(result.data);
      else findings.push(unreadable(line, `holds a ${String(result.error.issues[0]?.path.join('.'))} that is none`));
    }
  }
  const hasLines = [...witnesses.values()].some((all) => all.some(({ by }) => by !== 'reconcile'));
  return { witnesses, hasLines, checkpoints, tombstones, findings };
}

function toWitness(line: z.infer<typeof WitnessLine>, from: Line): Witness {
  return {
    seq: line.audit_seq,
    hash: line.audit_head,
    by: line.reconciled ? 'reconcile' : kindOf(line.status),
    eventId: line.event_id,
    traceId: line.trace_id,
    place: placeOf(from),
  };
}

function kindOf(status: string | undefined): Witness['by'] {
  if (status === 'replayed') return 'replay';
  // Lines of submits from before the status was looked at here, and excerpts, have none.
  return status === 'success' || status === undefined ? 'line' : 'doubt';
}

/** A request answers once, so its line is written once; two logs may overlap. */
function toldBefore(told: Map<string, Line>, { by, eventId }: Witness, line: Line): Finding | undefined {
  if (by !== 'line' || eventId === undefined) return undefined;
  const key = `${line.source}\n${eventId}`;
  const first = told.get(key);
  told.set(key, first ?? line);
  return first && { kind: 'log', text: `${placeOf(line)}: the line of ${placeOf(first)} is there once more` };
}

function unreadable(line: Line, what: string): Finding {
  return { kind: 'log', text: `${placeOf(line)}: a line ${what}` };
}

/** The line itself, or the JSON in a line of an export that puts a timestamp before it. */
function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text.slice(text.indexOf('{')));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
