import { readdirSync, readFileSync } from 'node:fs';

/**
 * Milliseconds of CPU, user and system, that the threads which a process now has took so far; to the nanosecond, where
 * /proc/<pid>/stat counts in hundredths of a second. NaN where there is no /proc.
 */
export function cpuMs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]));
    return spent.reduce((sum, one) => sum + one, 0) / 1e6;
  } catch {
    return NaN;
  }
}

/** A thread may end meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '0';
  }
}
