import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** A whole line of a file and where it starts, in bytes: its identity when the file is read again. */
export interface Line {
  readonly text: string;
  readonly offset: number;
  /** Where the next line starts. */
  readonly end: number;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * The whole lines from a byte offset on, up to a number of bytes. A line without its end yet is left for the next call.
 */
export function readLines(file: string, from: number, maxBytes = CHUNK_BYTES): Line[] {
  if (!existsSync(file)) return [];
  const descriptor = openSync(file, 'r');
  try {
    const available = fstatSync(descriptor).size - from;
    if (available <= 0) return [];
    const buffer = Buffer.alloc(Math.min(available, maxBytes));
    const bytes = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, from));
    const lines = split(bytes, from);
    // One line larger than the chunk: read more rather than wait for ever.
    return lines.length === 0 && available > bytes.length ? readLines(file, from, maxBytes * 2) : lines;
  } finally {
    closeSync(descriptor);
  }
}

function split(bytes: Buffer, from: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ text: bytes.toString('utf8', start, end), offset: from + start, end: from + end + 1 });
    start = end + 1;
  }
  return lines;
}

/** The size of a file in bytes, 0 when there is none. */
export function sizeOf(file: string): number {
  if (!existsSync(file)) return 0;
  const descriptor = openSync(file, 'r');
  try {
    return fstatSync(descriptor).size;
  } finally {
    closeSync(descriptor);
  }
}
