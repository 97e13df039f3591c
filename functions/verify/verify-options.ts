import type { Start } from './store.ts';

/** Numbers `after` < id <= `until`. */
export interface Scope {
  readonly after: number;
  readonly until: number;
}

export interface VerifyOptions {
  readonly start: Start;
  readonly allowUnwitnessed: boolean;
  /** The log has no lines from before this: a checkpoint is then witness enough. */
  readonly linesSince: Date | undefined;
  /**
   * All by default. A part is held against its lines and checkpoints, and not the chains of these against each other.
   */
  readonly scope?: Scope;
}
