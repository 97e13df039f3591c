import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Takes lines with their ends; returns when they are kept. */
export type WriteEvidence = (lines: string) => void;

/**
 * Where checkpoints, tombstones and reconcile's witnesses go: a log that is not in PostgreSQL.
 * @param file to append to and to sync; undefined: standard output, which on Lambda is the function's log group
 */
export function createEvidenceLog(file: string | undefined): WriteEvidence {
  if (file === undefined) return (lines) => void process.stdout.write(lines);
  return (lines) => {
    const descriptor = openSync(file, 'a', 0o600);
    try {
      writeSync(descriptor, lines);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
}
