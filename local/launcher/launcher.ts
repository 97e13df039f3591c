/** Runs all parts until a signal, and stops them in the reverse order of their starts. */
import { rmSync } from 'node:fs';
import { openFolders, type Folders } from '../machine/folders.ts';
import type { Options } from './options.ts';
import { removeCluster } from '../embedded/postgres/cluster.ts';
import { end, LAUNCHER, openRecord, type ProcessRecord } from '../machine/processes.ts';
import { isStartedByNpm, type Settings } from '../machine/settings.ts';
import type { Containers } from '../machine/containers.ts';
import { createParts } from './parts.ts';
import { start } from './start.ts';
import { say, warn } from '../machine/terminal.ts';

const PARENT_POLL_MS = 500;

/**
 * Runs until SIGINT or SIGTERM.
 * @param containers what `npm run stack` has started in place of embedded parts
 * @throws Error when a part does not start, or cannot be kept up; whatever did start is stopped first
 */
export async function launch(settings: Settings, options: Options, containers?: Containers): Promise<number> {
  const folders = openFolders(settings);
  const record = openRecord(folders.processes);
  await takeOver(record);
  const over = Promise.withResolvers<number>();
  // A part may be given up before anybody waits for this.
  over.promise.catch(() => undefined);
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
    over.resolve(0);
  };
  onSignals(interrupt, record);
  const checkpoint = () => interruption.signal.throwIfAborted();
  const parts = createParts(record, over.reject);
  try {
    if (options.reset) await reset(settings, folders);
    await start({ settings, options, containers, folders }, parts, record, checkpoint);
    return await over.promise;
  } catch (error) {
    // What fails in a start after a signal fails because of it: Ctrl-C reaches the build, too.
    if (interruption.signal.aborted) return 0;
    throw error;
  } finally {
    await parts.stop();
    record.clear();
  }
}

/** The first signal stops everything in order; a second one, from somebody who does not want to wait, at once. */
function onSignals(stopInOrder: () => void, record: ProcessRecord): void {
  let isFirst = true;
  const onSignal = () => {
    if (isFirst) {
      isFirst = false;
      stopInOrder();
      return;
    }
    for (const { name, pid } of record.alive()) if (name !== LAUNCHER) process.kill(pid, 'SIGKILL');
    process.exit(130);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  // Whoever read the output is gone (`npm run local -- --json | head -1`).
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stopInOrder);
  if (isStartedByNpm()) onOrphaned(stopInOrder);
}

/** npm does not pass SIGTERM on to its script: when it is gone, so is the reason to run. */
function onOrphaned(stopInOrder: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stopInOrder();
  }, PARENT_POLL_MS).unref();
}

/** Ends what a killed launcher left behind. @throws Error when another launcher is alive and well. */
async function takeOver(record: ProcessRecord): Promise<void> {
  const alive = record.alive();
  const launcher = alive.find((entry) => entry.name === LAUNCHER);
  if (launcher !== undefined) throw new Error(`npm run local is running already (process ${launcher.pid}).`);
  for (const orphan of alive) {
    warn(`Ending ${orphan.name} (process ${orphan.pid}), which a killed launcher left behind.`);
    await end(orphan);
  }
  record.clear();
  record.add(LAUNCHER, process.pid);
}

/** @throws Error when the data is not the launcher's to remove. */
async function reset(settings: Settings, folders: Folders): Promise<void> {
  if (settings.DATABASE_URL !== undefined) {
    throw new Error('--reset is refused: DATABASE_URL names a database that is not mine to empty. Unset it first.');
  }
  await removeCluster(folders.postgres);
  for (const path of [folders.prometheus, folders.spool, folders.evidence, folders.bookmark, folders.apiErrors]) {
    rmSync(path, { recursive: true, force: true });
  }
  say('Removed the data, the counters and the log of earlier runs.');
}
