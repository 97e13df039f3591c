import { canonical } from './canonical.ts';

/**
 * What reconcile saw of the requests `after_id` < id <= `last_id` when none of them could change any more. Each holds
 * the hash of the one before it. Further members, once there are more kinds of ranges, follow at the end where they are
 * not null.
 */
export interface Checkpoint {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly after_id: number;
  readonly last_id: number;
  readonly heads: number;
  /** The first request of the range; null when it has none. */
  readonly first_id: number | null;
  /** Over the lines of its heads (head.ts), by request and row; sha256, hex. */
  readonly heads_sha256: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly closed_at: string;
  /** '' for the first. */
  readonly previous: string;
  readonly hash: string;
}

/** What a checkpoint's hash is over. `prior_auth_close_range` (infra/database/0007_evidence.sql) writes the same. */
export function checkpointText(checkpoint: Omit<Checkpoint, 'hash'>): string {
  return canonical([
    'prior-auth-checkpoint/1',
    String(checkpoint.seq),
    String(checkpoint.after_id),
    String(checkpoint.last_id),
    String(checkpoint.heads),
    checkpoint.first_id === null ? null : String(checkpoint.first_id),
    checkpoint.heads_sha256,
    checkpoint.closed_at,
    checkpoint.previous,
  ]);
}
