import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { chain, firstBroken, type AuditEvent } from '../../../functions/prior-auth/audit.ts';

const event = (name: string): AuditEvent => ({
  event: name,
  actor: 'local',
  details: { status: 'pending', attempt: 1 },
  trace_id: 'a'.repeat(32),
  span_id: 'b'.repeat(16),
  at: new Date('2026-11-22T10:00:00.123Z'),
});
const rows = chain(7, [event('request_received'), event('npi_validated'), event('request_submitted')]);

test('a chain as it was made is whole', () => {
  assert.equal(firstBroken(rows), undefined);
  assert.deepEqual(
    rows.map((row) => row.seq),
    [1, 2, 3],
  );
});

test('its head is what it always was, so that chains of earlier versions stay whole', () => {
  assert.equal(rows.at(-1)?.hash, '89f49bcaaa0ee6638478811f107ecb6b433bee1e02005d64236db030dfaf1d60');
});

test('the order of the members of details, which jsonb changes, does not matter', () => {
  const turned = rows.map((row) => ({ ...row, details: Object.fromEntries(Object.entries(row.details).reverse()) }));
  assert.equal(firstBroken(turned), undefined);
});

const edits: Record<string, Partial<(typeof rows)[number]>> = {
  event: { event: 'other' },
  actor: { actor: 'other' },
  details: { details: { status: 'approved', attempt: 1 } },
  trace_id: { trace_id: 'c'.repeat(32) },
  span_id: { span_id: 'c'.repeat(16) },
  at: { at: new Date('2026-11-22T10:00:00.124Z') },
  request_id: { request_id: 8 },
  seq: { seq: 5 },
  hash: { hash: '0'.repeat(64) },
};
for (const [member, change] of Object.entries(edits)) {
  test(`an edit of ${member} breaks the chain at that row`, () => {
    const edited = rows.map((row) => (row.seq === 2 ? { ...row, ...change } : row));
    assert.equal(firstBroken(edited)?.event, change.event ?? 'npi_validated');
  });
}

test('a removed first row, a removed middle row and a changed order break the chain', () => {
  const [first, second, third] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
  assert.equal(firstBroken([second, third]), second);
  assert.equal(firstBroken([first, third]), third);
  assert.equal(firstBroken([second, first, third]), second);
});

test('two different histories never share a head', () => {
  const name = fc.string();
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), fc.array(name, { minLength: 1 }), (one, other) => {
      const heads = [one, other].map((names) => chain(1, names.map(event)).at(-1)?.hash);
      assert.equal(heads[0] === heads[1], JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});
