/** The least that storing a request takes with this database and this client library: its statements in a bare loop. */
import postgres from 'postgres';
import { serveRounds } from './loop.ts';
import { parametersOf, type Statements } from './statements.ts';

const statements = JSON.parse(process.env['STATEMENTS'] ?? '') as Statements;
const sql = postgres(process.env['DATABASE_URL'] ?? '', {
  max: 1,
  fetch_types: false,
  connection: { role: 'prior_auth_submit' },
});
const prepared = { prepare: true };

serveRounds(async () => {
  const [row] = await sql.unsafe<{ id: string }[]>(statements.nextId, [], prepared);
  await sql.unsafe(statements.insert, parametersOf(statements, Number(row?.id)) as never[], prepared);
});
