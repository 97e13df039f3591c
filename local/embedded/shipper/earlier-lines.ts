import { readLines, type Line } from './tail.ts';

/** As much as the log index keeps: some 40,000 lines, read in a quarter of a second. */
const MAX_BYTES = 32_000_000;

/** The newest whole lines of a file that end at or before a byte offset, oldest first, a chunk at a time. */
export function* earlierLines(file: string, until: number, maxBytes = MAX_BYTES): Generator<Line[]> {
  let isCut = until > maxBytes;
  // A byte early: what is read first is then always to be left out, be it the rest of a line or just the end of the one
  // before.
  let next = Math.max(0, until - maxBytes - 1);
  for (;;) {
    const lines = readLines(file, next).filter(({ end }) => end <= until);
    const last = lines.at(-1);
    if (last === undefined) return;
    next = last.end;
    yield isCut ? lines.slice(1) : lines;
    isCut = false;
  }
}
