/**
 * The evidence of one request as files that standard tools check: no program of this project is needed, or to be
 * trusted.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf } from '../prior-auth/audit.ts';
import { checkpointText, type Checkpoint } from '../prior-auth/checkpoint.ts';
import { headLine } from '../prior-auth/head.ts';
import { toRequestId } from '../contract/request-id.ts';
import { headsOf } from './coverage.ts';
import type { Line } from './lines.ts';
import type { Snapshot, Subject } from './store.ts';
import type { Verification } from './verify.ts';

const TRACE_TIMEOUT_MS = 3000;

export interface BundleSources {
  readonly id: number;
  readonly snapshot: Snapshot;
  /** The checkpoint that covers it. */
  readonly range: Checkpoint | undefined;
  readonly verdict: Verification;
  readonly lines: AsyncIterable<Line>;
  /** Base URL of the trace API. */
  readonly traces: string;
}

/** @throws Error when the folder is there already, or the request is nowhere */
export async function writeBundle(folder: string, sources: BundleSources): Promise<void> {
  const { id, snapshot, range } = sources;
  const subjects = await collect(snapshot.subjects(range?.after_id ?? id - 1, range?.last_id ?? id));
  const subject = subjects.find((one) => one.id === id);
  if (subject === undefined) throw new Error(`${toRequestId(id)} is not in the database.`);
  mkdirSync(folder);
  const hashed = { ...rowFiles(subject), ...(range === undefined ? {} : checkpointFiles(range, subjects)) };
  const files: Record<string, string> = {
    ...Object.fromEntries(Object.entries(hashed).map(([name, { content }]) => [name, content])),
    SHA256SUMS: Object.entries(hashed)
      .map(([name, { sha256 }]) => `${sha256}  ${name}\n`)
      .join(''),
    'trail.json': json({ request_id: toRequestId(id), rows: subject.rows, purged: subject.purged }),
    'log.ndjson': await logOf(sources),
    'verdict.json': json(sources.verdict),
    ...(await traceFile(sources.traces, subject)),
  };
  if (range !== undefined) files['checkpoint.json'] = json(range);
  files['README.txt'] = howTo(id, files, range);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
}

/** What a hash is over, and what somebody else says that it is: a row of the trail, the checkpoint in the log. */
interface Hashed {
  readonly content: string;
  readonly sha256: string;
}

function rowFiles({ rows }: Subject): Record<string, Hashed> {
  return Object.fromEntries(
    rows.map((row, index) => [
      `row-${row.seq}.txt`,
      { content: contentOf(rows[index - 1]?.hash ?? '', row), sha256: row.hash },
    ]),
  );
}

function checkpointFiles(range: Checkpoint, subjects: readonly Subject[]): Record<string, Hashed> {
  const heads = subjects.flatMap((one) => headsOf(one).map((head) => headLine(one.id, head))).join('');
  return {
    'heads.txt': { content: heads, sha256: range.heads_sha256 },
    'checkpoint.txt': { content: checkpointText(range), sha256: range.hash },
  };
}

async function logOf({ id, lines }: BundleSources): Promise<string> {
  const found = new Set<string>();
  for await (const { text } of lines) if (text.includes(`"${toRequestId(id)}"`)) found.add(text);
  return [...found].map((text) => `${text}\n`).join('');
}

async function traceFile(traces: string, { rows }: Subject): Promise<Record<string, string>> {
  const traceId = rows[0]?.trace_id;
  if (traceId === undefined) return {};
  try {
    const response = await fetch(`${traces}/api/traces/${traceId}`, { signal: AbortSignal.timeout(TRACE_TIMEOUT_MS) });
    return response.ok ? { 'trace.json': await response.text() } : {};
  } catch {
    return {};
  }
}

function howTo(id: number, files: Readonly<Record<string, string>>, range: Checkpoint | undefined): string {
  const name = toRequestId(id);
  return `Evidence of ${name}, made ${new Date().toISOString()}.

No protected health information is in these files: no member, diagnosis, service, body. The trail names the API client that
submitted, the log line and the trace hold numbers and outcomes. The digest in row 1 is salted; the salt stays in the database.

Each row is what was written, and each holds the hash of the row before it (it begins with that hash):
    sha256sum --check SHA256SUMS
The log, which the database cannot change, saw the same end of the trail. These two print the same hash:
    jq -r .audit_head log.ndjson
    jq -r '.rows[-1].hash' trail.json
${
  range === undefined
    ? 'No checkpoint covers the request yet.'
    : `Checkpoint ${range.seq} of reconcile's own log covers it. Its hash over all heads of its range is checked above (heads.txt), and
the request is one of them:
    grep '^${id}:' heads.txt
    jq .checkpoint.hash <the line of checkpoint ${range.seq} in reconcile's log>   # ${range.hash}`
}
${
  files['trace.json'] === undefined
    ? 'The trace was not to be had: traces are kept in memory, or by another collector.'
    : `The trace is that of the trail:
    jq -r '.data[0].traceID' trace.json`
}
What npm run verify said is in verdict.json.
`;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
