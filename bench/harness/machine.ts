import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { format } from './table.ts';

/** In one line: where and when a table was made, and how busy the machine was with other things. */
export function describeMachine(now: Date, loadBefore: readonly number[]): string {
  const memory = `${format(totalmem() / 2 ** 30)} GiB`;
  const load = [...loadBefore.slice(0, 2), ...loadavg().slice(0, 1)].map((one) => one.toFixed(1));
  return (
    `${now.toISOString().slice(0, 10)}, Node ${process.versions.node}, ${type()} ${release()} ${process.arch}, ` +
    `${availableParallelism()} × ${model()}, ${memory}; load average ${load[0]} (1 min) and ${load[1]} (5 min) before, ${load[2]} after.`
  );
}

function model(): string {
  const name = cpus()[0]?.model.trim() ?? '';
  return name === '' || name === 'unknown' ? (fromProc() ?? 'unknown processor') : name;
}

function fromProc(): string | undefined {
  try {
    return /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
