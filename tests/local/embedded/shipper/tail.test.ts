import fc from 'fast-check';
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { readLines, sizeOf, type Line } from '../../../../local/embedded/shipper/tail.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-tail-'));
const file = join(folder, 'spool');
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads as the shipper does: each call goes on where the last line of the call before ended. */
function readAll(maxBytes?: number): Line[] {
  const lines: Line[] = [];
  for (;;) {
    const read = readLines(file, lines.at(-1)?.end ?? 0, maxBytes);
    if (read.length === 0) return lines;
    lines.push(...read);
  }
}

const texts = (lines: readonly Line[]) => lines.map(({ text }) => text);

describe('the lines of a file', () => {
  test('come with their places in bytes', () => {
    writeFileSync(file, 'é\n\nb\n');
    assert.deepEqual(readLines(file, 0), [
      { text: 'é', offset: 0, end: 3 },
      { text: '', offset: 3, end: 4 },
      { text: 'b', offset: 4, end: 6 },
    ]);
    assert.deepEqual(texts(readLines(file, 3)), ['', 'b']);
  });

  test('are none where there is no file, no content, or nothing new', () => {
    assert.deepEqual(readLines(join(folder, 'missing'), 0), []);
    assert.equal(sizeOf(join(folder, 'missing')), 0);
    writeFileSync(file, '');
    assert.deepEqual(readLines(file, 0), []);
    writeFileSync(file, 'a\n');
    assert.deepEqual(readLines(file, 2), []);
    assert.deepEqual(readLines(file, 100), []);
    assert.equal(sizeOf(file), 2);
  });

  test('wait until they are whole', () => {
    writeFileSync(file, 'whole\npart');
    assert.deepEqual(texts(readLines(file, 0)), ['whole']);
    assert.deepEqual(readLines(file, 6), []);
    appendFileSync(file, ' and rest\n');
    assert.deepEqual(readLines(file, 6), [{ text: 'part and rest', offset: 6, end: 20 }]);
  });

  test('that are larger than a chunk are read whole', () => {
    const large = 'é'.repeat(1000);
    writeFileSync(file, `a\n${large}\nb\n`);
    assert.deepEqual(texts(readAll(16)), ['a', large, 'b']);
  });

  test('that are larger than a chunk wait too', () => {
    writeFileSync(file, 'x'.repeat(1000));
    assert.deepEqual(readLines(file, 0, 16), []);
  });

  test('are read a chunk at a time', () => {
    writeFileSync(file, 'aaa\nbbb\nccc\n');
    assert.deepEqual(texts(readLines(file, 0, 9)), ['aaa', 'bbb']);
  });
});

test('chunks of any size give the same lines, of any characters, each once and in order', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((line) => line.replaceAll('\n', ' '));
  fc.assert(
    fc.property(fc.array(text), text, fc.integer({ min: 1, max: 40 }), (lines, partial, maxBytes) => {
      writeFileSync(file, lines.map((line) => `${line}\n`).join('') + partial);
      const read = readAll(maxBytes);
      assert.deepEqual(texts(read), lines);
      read.forEach(({ offset }, index) => assert.equal(offset, read[index - 1]?.end ?? 0));
      assert.equal(sizeOf(file) - (read.at(-1)?.end ?? 0), Buffer.byteLength(partial));
    }),
  );
});
