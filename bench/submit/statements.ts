/** What a submit sends to the database, as the functions' own store sends it. */
import postgres from 'postgres';
import { chain } from '../../functions/prior-auth/audit.ts';
import { digestOf } from '../../functions/prior-auth/digest.ts';
import { createPriorAuthStore } from '../../functions/prior-auth/store.ts';
import { SUBMISSION } from '../../tests/fixtures/http.ts';

export interface Statements {
  readonly nextId: string;
  readonly insert: string;
  /** Of `insert`; see `parametersOf`. */
  readonly parameters: readonly Parameter[];
  readonly recordedId: number;
}
type Row = Readonly<Record<string, unknown>>;
type Parameter = string | number | boolean | readonly Row[];

const IDS = { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7' };

/** So that the number recorded is not that of an audit row as well. */
const LAST_ID = 1000;

/** Lets the store of the functions store one request, and takes down its statements: two, each a round trip. */
export async function recordStatements(url: string): Promise<Statements> {
  const sent: { text: string; parameters: unknown[] }[] = [];
  // Copied: the driver turns them into texts in place.
  const debug = (_: number, text: string, parameters: unknown[]) =>
    void sent.push({ text, parameters: [...parameters] });
  const sql = postgres(url, { max: 1, fetch_types: false, debug });
  try {
    const store = createPriorAuthStore({ sql, abandon: () => undefined, isAbandoned: () => false });
    await sql`select setval('prior_auth_request_id_seq', ${LAST_ID})`;
    sent.length = 0;
    const reserved = await store.reserve();
    if (reserved.kind !== 'reserved') throw new Error('no id was reserved');
    const created_at = new Date();
    const events = ['request_received', 'npi_validated', 'request_submitted'].map((event) => {
      return { event, actor: 'local', details: { status: 'pending' }, ...IDS, at: created_at };
    });
    const stored = { ...SUBMISSION, id: reserved.id, status: 'pending', submitter: 'local', created_at };
    const event_id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
    const request = { ...stored, event_id, npi_check_failed: true, digest_salt: '5a'.repeat(16) };
    await reserved.commit(request, chain(reserved.id, events, digestOf(request, undefined)));
    const [nextId, insert, ...others] = sent;
    if (nextId === undefined || insert === undefined || others.length > 0) throw new Error(`${sent.length} statements`);
    const parameters = insert.parameters.map(toParameter);
    return { nextId: nextId.text, insert: insert.text, parameters, recordedId: reserved.id };
  } finally {
    await sql.end();
  }
}

function toParameter(value: unknown): Parameter {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value as readonly Row[];
}

/** The parameters for a request of another id: it stands among them, and in each row of the audit trail. */
export function parametersOf({ parameters, recordedId }: Statements, id: number): Parameter[] {
  return parameters.map((value) => {
    if (value === recordedId) return id;
    return typeof value === 'object' ? value.map((row) => ({ ...row, request_id: id })) : value;
  });
}
