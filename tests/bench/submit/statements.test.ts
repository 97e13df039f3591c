import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parametersOf, recordStatements } from '../../../bench/submit/statements.ts';
import { freshDatabase } from '../../database.ts';

test('the recorded statements store another request like the one that they were recorded from', async () => {
  const { url, sql } = await freshDatabase();
  const statements = await recordStatements(url);
  const { nextId, insert, recordedId } = statements;
  const [next] = await sql.unsafe<{ id: string }[]>(nextId, [], { prepare: true });
  const id = Number(next?.id);
  assert.equal(id, recordedId + 1);
  await sql.unsafe(insert, parametersOf(statements, id) as never[], { prepare: true });

  const stored = async (wanted: number) => {
    const [request] = await sql`select *, 0 as id from prior_auth_requests where id = ${wanted}`;
    const audit =
      await sql`select *, 0 as request_id from prior_auth_audit_events where request_id = ${wanted} order by seq`;
    return { request: { ...request }, audit: [...audit].map((row) => ({ ...row })) };
  };
  const [recorded, repeated] = [await stored(recordedId), await stored(id)];
  assert.equal(recorded.audit.length, 3);
  assert.deepEqual(repeated, recorded);
});
