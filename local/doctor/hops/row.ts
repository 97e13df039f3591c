import type { AuditEvent } from '../../client/audit-event.ts';
import { isReply, knock, type Reply, type Unreachable } from '../../client/http.ts';
import { askForStored, readStored } from '../../client/trail.ts';
import type { Answered, Marked } from './api.ts';
import { commandOf, restart } from '../advice.ts';
import { broken, noted, passed, type Broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { System } from '../system.ts';

export interface Row {
  readonly marked: Marked;
  readonly audit: readonly AuditEvent[];
}

export async function checkRow(system: System, answered: Answered): Promise<Finding<Row>> {
  if ('databaseFault' in answered) return judgeDatabase(answered.databaseFault, await knockAtDatabase(system), system);
  const { marked } = answered;
  const reply = await askForStored(system.api, marked.requestId, PATIENCE_MS.row);
  const isAway = isReply(reply) && (reply.status === 503 || reply.status === 504);
  const knocked = isAway ? await knockAtDatabase(system) : undefined;
  return judgeRow(reply, marked, knocked, system);
}

/** Whether the database's port takes connections; undefined when no launcher has said where it is. */
export type Knocked = 'listens' | Unreachable | undefined;

async function knockAtDatabase({ database }: System): Promise<Knocked> {
  return database && ((await knock(database.host, database.port, PATIENCE_MS.port)) ?? 'listens');
}

export function judgeRow(reply: Reply | Unreachable, marked: Marked, knocked: Knocked, system: System): Finding<Row> {
  const path = `GET /prior-auth/${marked.requestId}`;
  if (!isReply(reply)) {
    return broken(
      `${path}: no answer (${reply.code})`,
      'The API answered the submit and now does not.',
      'Run the doctor again.',
    );
  }
  if (reply.status === 503 || reply.status === 504)
    return judgeDatabase(`${path} answers ${reply.status}`, knocked, system);
  const stored = readStored(reply);
  if (stored === undefined) {
    return broken(
      `${path} answers ${reply.status}`,
      'The API cannot show what it has just stored: the functions read another database than they write, or read as another caller.',
      `Stop ${commandOf(system)} and start it again; ${system.settings.LOCAL_DIR}/api-errors.log has what the functions said.`,
    );
  }
  const { status, created_at, audit } = stored;
  return passed(`${marked.requestId} ${status}`, { marked, audit }, noted(Date.parse(created_at), marked.sentAt));
}

/** The API has no database: why, as seen from here. */
export function judgeDatabase(observed: string, knocked: Knocked, system: System): Broken {
  const where = system.database === undefined ? 'its database' : `${system.database.host}:${system.database.port}`;
  if (knocked === undefined) {
    return broken(observed, `The API cannot use ${where}.`, 'Start what DATABASE_URL names, or correct it.');
  }
  if (knocked === 'listens') {
    return broken(
      observed,
      `${where} takes connections, and the API cannot use it: it hangs, is full, or refuses the user of DATABASE_URL.`,
      'The code in parentheses and PostgreSQL’s log say which.',
    );
  }
  const how = knocked.failure === 'refused' ? 'does not listen' : 'cannot be reached';
  return broken(observed, `PostgreSQL at ${where} ${how} (${knocked.code}).`, howToStartDatabase(system));
}

function howToStartDatabase({ mode, settings }: System): string {
  if (mode === 'stack') return restart('postgres');
  if (settings.DATABASE_URL !== undefined) return 'Start it, or correct DATABASE_URL and start npm run local again.';
  return 'The launcher starts it again by itself; if it does not, its terminal says why: start npm run local again.';
}
