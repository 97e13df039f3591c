import type { Followed } from '../../client/follow.ts';
import {
  isReadable,
  valueOf,
  waitForMetrics,
  type Readable,
  type Reading,
  type Unreadable,
} from '../../client/metrics.ts';
import { move, submits } from '../../client/moves.ts';
import { explainNoAnswer } from '../no-answer.ts';
import { commandOf } from '../advice.ts';
import { readDiagnostics, type Diagnostic } from '../api-errors.ts';
import { broken, passed, seen, type Broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { System } from '../system.ts';

export const SUCCESSES = submits('success');

/** What Prometheus must reach by a scrape that begins at `at` (Unix time in milliseconds) or later. */
export interface Goal {
  readonly value: number;
  readonly at: number;
}

/** Whether `/metrics` has the request. */
export async function checkMetrics(system: System, marked: Followed): Promise<Finding<Goal>> {
  const reading = await waitForMetrics(system.api, (now) => move(marked.before.metrics, now, SUCCESSES) > 0, {
    patienceMs: PATIENCE_MS.counters,
    limitMs: PATIENCE_MS.metrics,
  });
  return judgeMetrics(reading, marked, system, readDiagnostics(system.folders[0]?.apiErrors));
}

export function judgeMetrics(
  reading: Reading,
  marked: Followed,
  system: System,
  diagnostics: readonly Diagnostic[],
): Finding<Goal> {
  const { metrics: before } = marked.before;
  if (!isReadable(reading)) return explainUnreadable(reading, system, diagnostics);
  if (!isReadable(before)) return explainUnreadable(before, system, diagnostics);
  const [was, is] = [valueOf(before, SUCCESSES), valueOf(reading, SUCCESSES)];
  if (is <= was) {
    return broken(
      `${SUCCESSES} stands at ${is}`,
      'The bridge counted events, and no successful submit among them: it writes to another database than /metrics reads.',
      `Start ${commandOf(system)} again, so that all functions have one DATABASE_URL.`,
    );
  }
  return passed(
    `${SUCCESSES} ${was} → ${is}${exemplarOf(reading, marked)}`,
    { value: is, at: Date.now() },
    seen(marked.sentAt),
  );
}

/** Of a bucket the newest exemplar is kept, so that of a busy system is another one's. */
function exemplarOf({ samples }: Readable, { traceId }: Followed): string {
  const bucket = samples.find(({ exemplar }) => exemplar?.labels['trace_id'] === traceId);
  return bucket === undefined ? '' : `, exemplar at le="${bucket.labels['le'] ?? ''}"`;
}

function explainUnreadable(reading: Unreadable, system: System, diagnostics: readonly Diagnostic[]): Broken {
  const start = `Start ${commandOf(system)} again.`;
  if ('unreachable' in reading) {
    return explainNoAnswer({ url: system.api, what: 'the API', setting: 'API_PORT', start }, reading.unreachable);
  }
  if ('notExposition' in reading) {
    return broken(reading.notExposition, 'What answers /metrics writes another format than Prometheus reads.', start);
  }
  const observed = `GET /metrics answers ${reading.status}`;
  const last = diagnostics.findLast(({ route }) => route === 'GET /metrics');
  const why = last?.error_type === undefined ? '' : ` (${last.error_type})`;
  if (reading.status === 503) {
    const cause = `The function that renders /metrics has no database${why}, while others have.`;
    return broken(observed, cause, 'Its role is prior_auth_metrics: look for a lock, or for its connection limit.');
  }
  const isRight = last?.error_type === '42501';
  return broken(
    observed,
    `The function that renders /metrics fails${why}${isRight ? ': its role prior_auth_metrics lacks a right' : ''}.`,
    isRight
      ? 'Grant what infra/database/0003_roles.sql grants.'
      : `${system.settings.LOCAL_DIR}/api-errors.log has what it said; npm run build, and start the system again.`,
  );
}
