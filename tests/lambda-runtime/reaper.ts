/**
 * Ends the processes of execution environments when this process is killed: a frozen one would not notice, and stay for
 * ever.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/** Reads `+ pid` and `- pid`, and at the end of its input kills what it has not been told to spare. */
const SCRIPT = `
pids=" "
while read -r sign pid; do
  case "$sign$pids" in
    +*) pids="$pids$pid " ;;
    *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done`;

let reaper: ChildProcess | undefined;

export function watchOver(pid: number): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`+ ${pid}\n`);
}

/** @param pid of a process that has ended: its number may be another's soon */
export function spare(pid: number): void {
  reaper?.stdin?.write(`- ${pid}\n`);
}

/** In a session of its own, where no Ctrl-C reaches it; it ends with this process. */
function startReaper(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
