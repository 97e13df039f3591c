/** The least that storing a request takes with this database and this client library: its statements in a bare loop. */
import postgres from 'postgres';
import { serveRounds } from './loop.ts';
import type { Statements } from './statements.ts';

const { nextId, insert, parameters, recordedId } = JSON.parse(process.env['STATEMENTS'] ?? '') as Statements;
const sql = postgres(process.env['DATABASE_URL'] ?? '', {
  max: 1,
  fetch_types: false,
  connection: { role: 'prior_auth_submit' },
});
const prepared = { prepare: true };

serveRounds(async () => {
  const [row] = await sql.unsafe<{ id: string }[]>(nextId, [], prepared);
  const id = Number(row?.id);
  const values = parameters.map((value) => (value === recordedId ? id : value));
  await sql.unsafe(insert, values as never[], prepared);
});
