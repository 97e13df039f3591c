import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logNameOf } from '../../functions/contract/log-name.ts';
import { localDirectory, type Settings } from './settings.ts';

/** What the embedded parts keep on disk. */
export interface Folders {
  readonly postgres: string;
  readonly prometheus: string;
  /** Every line that the functions wrote, kept until --reset: the log that `npm run verify` trusts. */
  readonly spool: string;
  /**
   * Checkpoints, tombstones and what reconcile witnessed, kept until --reset; apart from the spool, which they are held
   * against.
   */
  readonly evidence: string;
  readonly bookmark: string;
  readonly apiErrors: string;
  readonly processes: string;
  /** Where the database of a running launcher is; `npm run verify` reads it. Only its owner may. */
  readonly databaseUrl: string;
  /** The token with which the doctor may invoke functions of a running launcher. Only its owner may read it. */
  readonly launcherToken: string;
  /** The socket on which the emulator of Lambda listens. */
  readonly lambdaSocket: string;
}

export function openFolders(settings: Settings): Folders {
  const root = localDirectory(settings);
  const spool = join(root, 'spool');
  const log = logNameOf(settings.DATABASE_URL, sha256);
  const evidence = join(root, 'evidence');
  mkdirSync(spool, { recursive: true });
  mkdirSync(evidence, { recursive: true });
  return {
    postgres: join(root, 'postgres'),
    prometheus: join(root, 'prometheus'),
    spool: join(spool, `${log}.ndjson`),
    evidence: join(evidence, `${log}.ndjson`),
    bookmark: join(spool, `${log}.delivered`),
    apiErrors: join(root, 'api-errors.log'),
    processes: join(root, 'processes.json'),
    databaseUrl: join(root, 'database-url'),
    launcherToken: join(root, 'launcher-token'),
    lambdaSocket: socketBelow(root),
  };
}

/** The path of a socket has some hundred bytes at most: the temporary folder is there for roots that are too deep. */
function socketBelow(root: string): string {
  const path = join(root, 'lambda.sock');
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH
    ? path
    : join(tmpdir(), `prior-auth-${sha256(root).slice(0, 8)}.sock`);
}

/** 104 on macOS, 108 on Linux, with a NUL at the end. */
const MAX_SOCKET_PATH = 100;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
