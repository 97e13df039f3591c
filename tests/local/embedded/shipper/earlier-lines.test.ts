import fc from 'fast-check';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { earlierLines } from '../../../../local/embedded/shipper/earlier-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-earlier-'));
const file = join(folder, 'spool');
afterAll(() => rmSync(folder, { recursive: true }));

function read(until: number, maxBytes?: number): string[] {
  return [...earlierLines(file, until, maxBytes)].flat().map(({ text }) => text);
}

describe('the lines before a place in a file', () => {
  test('are those that end there or before it, oldest first', () => {
    writeFileSync(file, 'é\nbb\nccc\nd\n');
    assert.deepEqual(read(10), ['é', 'bb', 'ccc']);
    assert.deepEqual(read(9), ['é', 'bb'], 'a place within a line');
    assert.deepEqual(read(0), []);
  });

  test('are the newest of them within a number of bytes, none of them cut', () => {
    writeFileSync(file, 'é\nbb\nccc\nd\n');
    assert.deepEqual(read(10, 7), ['bb', 'ccc'], 'the bound is between two lines');
    assert.deepEqual(read(10, 6), ['ccc'], 'the bound is within a line');
    assert.deepEqual(read(10, 8), ['bb', 'ccc'], 'the bound is within a character');
    assert.deepEqual(read(10, 3), []);
    assert.deepEqual(read(10, 10), ['é', 'bb', 'ccc'], 'the bound is the start');
  });

  test('are none where there is no file, or one that ends before the place', () => {
    rmSync(file, { force: true });
    assert.deepEqual(read(10), []);
    writeFileSync(file, 'a\nb\n');
    assert.deepEqual(read(100), ['a', 'b']);
  });

  test('come a chunk at a time, 32 MB of them at most', () => {
    const line = `${'x'.repeat(999)}\n`;
    writeFileSync(file, `old\n${line.repeat(32_000)}`);
    const chunks = [...earlierLines(file, 4 + 32_000 * 1000)];
    assert.equal(chunks.flat().length, 32_000);
    assert.equal(chunks[0]?.[0]?.offset, 4);
    assert.ok(chunks.every(({ length }) => length <= 300));
  });

  test('are whole, each once and in order, whatever the file, the place and the bound', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 10 }).map((line) => line.replaceAll('\n', ' '));
    fc.assert(
      fc.property(fc.array(text), fc.nat(150), fc.integer({ min: 1, max: 100 }), (lines, until, maxBytes) => {
        writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
        let end = 0;
        const expected = lines.filter((line) => {
          const start = end;
          end += Buffer.byteLength(line) + 1;
          return start >= until - maxBytes && end <= until;
        });
        assert.deepEqual(read(until, maxBytes), expected);
      }),
    );
  });
});
