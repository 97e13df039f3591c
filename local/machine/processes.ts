/**
 * A record of the processes that a launcher started, so that the next start can end what a killed launcher left behind.
 * A process is known by its id and its start time together: ids are used again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';

const Entry = z.object({ name: z.string(), pid: z.number(), startTime: z.string() });
const Entries = z.array(Entry);
export type Entry = z.infer<typeof Entry>;

const END_TIMEOUT_MS = 15_000;
/** The name under which the launcher itself stands in the record. */
export const LAUNCHER = 'launcher';

/**
 * When a process started, in the system's own words, or undefined when there is no such process (a zombie counts as
 * none).
 */
export function startTime(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold spaces; after it come state (field 3) and, as field 22, the start time.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const result = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return result.stdout.trim() || undefined;
}

export function isAlive(entry: Entry): boolean {
  return startTime(entry.pid) === entry.startTime;
}

export interface ProcessRecord {
  add(name: string, pid: number): void;
  remove(name: string): void;
  /** Entries of processes that still run. */
  alive(): Entry[];
  clear(): void;
}

export function openRecord(file: string): ProcessRecord {
  let entries = existsSync(file) ? parse(readFileSync(file, 'utf8')) : [];
  const save = () => {
    writeFileSync(`${file}.new`, JSON.stringify(entries));
    renameSync(`${file}.new`, file);
  };
  return {
    add(name, pid) {
      entries = [...entries.filter((entry) => entry.name !== name), { name, pid, startTime: startTime(pid) ?? '' }];
      save();
    },
    remove(name) {
      entries = entries.filter((entry) => entry.name !== name);
      save();
    },
    alive: () => entries.filter(isAlive),
    clear() {
      entries = [];
      rmSync(file, { force: true });
    },
  };
}

/** Ends a process: SIGINT (a fast shutdown for PostgreSQL too), after 15 s SIGKILL. Returns when it is gone. */
export async function end(entry: Entry, timeoutMs = END_TIMEOUT_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  signal(entry, 'SIGINT');
  while (isAlive(entry)) {
    if (Date.now() > deadline) signal(entry, 'SIGKILL');
    await sleep(50);
  }
}

/** What is gone, perhaps only just now, or has given its id to another process, gets none. */
function signal(entry: Entry, name: NodeJS.Signals): void {
  try {
    if (isAlive(entry)) process.kill(entry.pid, name);
  } catch (error) {
    if (isAlive(entry)) throw error;
  }
}

function parse(text: string): Entry[] {
  try {
    return Entries.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
