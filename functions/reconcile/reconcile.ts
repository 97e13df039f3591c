import { checkpointLine } from '../prior-auth/evidence-line.ts';
import type { WriteEvidence } from '../runtime/evidence-log.ts';
import type { Log } from '../runtime/log.ts';
import { withoutData } from '../runtime/postgres.ts';
import type { SeriesStore } from '../series/store.ts';
import { toEvent, toWitnesses } from './committed-request.ts';
import type { ReconcileStore } from './store.ts';

const REQUESTS_PER_CHECK = 5000;
/** Enough to stop, commit what there is and let the next run go on. */
const MARGIN_MS = 5000;

export interface ReconcileParts {
  readonly store: ReconcileStore;
  readonly series: Pick<SeriesStore, 'count'>;
  readonly log: Log;
  readonly writeEvidence: WriteEvidence;
}

/** What a run needs of Lambda's context. */
interface Remaining {
  getRemainingTimeInMillis(): number;
}

/**
 * Counts committed requests whose line never came, from their rows and by the bridge's own idempotent way; a line that
 * comes later is a duplicate. Witnesses their trails in the place of that line, and closes ranges by checkpoints. Then
 * looks after the partitions. Run by a timer; several at once do no harm.
 * @throws Error with the database's code; the next run starts where this one stopped.
 */
export function createReconcile(parts: ReconcileParts): (event: unknown, context: Remaining) => Promise<object> {
  return async (_, context) => {
    try {
      return await reconcile(parts, context);
    } catch (error) {
      throw withoutData(error);
    }
  };
}

async function reconcile(parts: ReconcileParts, context: Remaining): Promise<object> {
  let reconciled = 0;
  let isDone = false;
  while (!isDone && context.getRemainingTimeInMillis() > MARGIN_MS) {
    const { uncounted, checkedUntil, isLast } = await parts.store.check(REQUESTS_PER_CHECK);
    const batch = { events: uncounted.map(toEvent), refused: [], outcome: 'reconciled' as const };
    if (uncounted.length > 0) {
      parts.writeEvidence(uncounted.flatMap(toWitnesses).join(''));
      reconciled += (await parts.series.count(batch)).reconciled ?? 0;
    }
    await parts.store.advance(checkedUntil);
    isDone = isLast;
  }
  if (isDone) await closeRanges(parts, context);
  if (reconciled > 0) parts.log.warn('Requests were counted from their rows', { events: reconciled });
  await parts.store.maintain();
  return { reconciled, isDone };
}

/**
 * A checkpoint is stored, written, and noted as written, in this order: what dies in between writes the same line
 * again, which says the same twice, and none is left out.
 */
async function closeRanges({ store, writeEvidence }: ReconcileParts, context: Remaining): Promise<void> {
  while ((await store.closeRange()) && context.getRemainingTimeInMillis() > MARGIN_MS);
  const checkpoints = await store.unwritten();
  if (checkpoints.length === 0) return;
  writeEvidence(checkpoints.map(checkpointLine).join(''));
  await store.markWritten(checkpoints.map(({ seq }) => seq));
}
