import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, mock, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import postgres from 'postgres';
import { connect, isDatabaseAway, ping, type Database } from '../../../functions/runtime/postgres.ts';
import { databaseSettings, readSettings } from '../../../functions/runtime/settings.ts';
import { migrate } from '../../../infra/database/migrate.ts';
import { makeAuthority, type Certificate } from '../../fixtures/authority.ts';
import { CREDENTIALS, isGoodToken } from '../../fixtures/iam.ts';
import { assertAway, timed } from '../../fixtures/proxied-database.ts';
import { startTlsDatabase, type TlsDatabase } from '../../fixtures/tls-database.ts';
import { startTlsDoor, type TlsDoor } from '../../fixtures/tls-door.ts';

const PASSWORD = 'a-secret-password';
/** Fine enough to end within every message of the handshake. */
const CUT_STEP = 150;
/** Longer than a test may take: what waits for it fails the test. */
const PATIENT_MS = '180000';
const TIMEOUT = { timeout: 120_000 };
const opened: Database[] = [];
let server: TlsDatabase;
let admin: postgres.Sql;

before(async () => {
  server = await startTlsDatabase();
  await migrate(server.url);
  admin = postgres(server.url, { max: 1 });
  await admin.unsafe(
    `create role app login password '${PASSWORD}'; create role guest login; create role team; grant team to app`,
  );
});
after(async () => {
  for (const database of opened) database.abandon();
  await admin.end({ timeout: 1 });
});

const url = ({ host = 'localhost', port = server.port, user = `app:${PASSWORD}`, query = '' } = {}) =>
  `postgresql://${user}@${host}:${port}/postgres${query}`;

function open(environment: Record<string, string>): Database {
  const settings = {
    DATABASE_CONNECT_TIMEOUT_MS: PATIENT_MS,
    DATABASE_STATEMENT_TIMEOUT_MS: PATIENT_MS,
    ...environment,
  };
  const database = connect(readSettings(databaseSettings, settings));
  opened.push(database);
  return database;
}

/** With the right authority, unless told otherwise. */
function openVerified(to: Parameters<typeof url>[0] = {}, environment: Record<string, string> = {}): Database {
  return open({ DATABASE_URL: url(to), DATABASE_CA_FILE: server.caFile, ...environment });
}

async function startDoor(context: TestContext, options: Partial<Parameters<typeof startTlsDoor>[0]> = {}) {
  const certificate = server.authority.issue(['localhost']);
  const door = await startTlsDoor({ certificate, upstream: server.port, ...options });
  context.after(() => door.close());
  return door;
}

/** A server of a few lines; what it was sent is kept. */
async function startServer(context: TestContext, onData: (socket: Socket) => void) {
  const received: Buffer[] = [];
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received.push(chunk);
      onData(socket);
    });
    context.after(() => socket.destroy());
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  context.after(() => listener.close());
  return { port: (listener.address() as AddressInfo).port, received: () => Buffer.concat(received).toString('latin1') };
}

/** A way to PostgreSQL that ends when it has brought `limit` bytes back. */
async function startCutter(context: TestContext, cut: (socket: Socket) => void) {
  const cutter = { port: 0, limit: 0 };
  const listener = createServer((client) => {
    const upstream = connectTo(server.port, '127.0.0.1');
    let left = cutter.limit;
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) cut(client);
    });
    client.on('data', (chunk) => upstream.write(chunk));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.once('close', () => other.destroy());
    }
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  context.after(() => listener.close());
  return Object.assign(cutter, { port: (listener.address() as AddressInfo).port });
}

/**
 * That a connection is refused for this reason each time, to all that wait for it, and that no error knows a secret.
 */
async function assertRefused(database: Database, code: string, secret = PASSWORD): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const { sql } = database;
    const [first, ...others] = await Promise.all([sql`select 1`, sql`select 2`, sql`select 3`].map(timed));
    assert.ok(first?.error instanceof Error && 'code' in first.error);
    assert.equal(first.error.code, code);
    assert.equal(isDatabaseAway(first.error), false);
    for (const { error } of others) assertAway(error);
    for (const { error } of [first, ...others]) {
      const said = inspect(error, { depth: Infinity, showHidden: true });
      assert.equal(said.includes(secret), false, said);
    }
  }
}

const CONNECTION =
  'select ssl, usename, current_user from pg_stat_ssl join pg_stat_activity using (pid) where pid = pg_backend_pid()';

describe('with authorities, a connection', TIMEOUT, () => {
  test('is encrypted, and made to a server that one of them vouches for under its name', async () => {
    const [row] = await openVerified().sql.unsafe<[Record<string, unknown>]>(CONNECTION);
    assert.deepEqual({ ...row }, { ssl: true, usename: 'app', current_user: 'app' });
  });

  test('still acts in its role, under its timeouts', async () => {
    const database = openVerified({}, { DATABASE_ROLE: 'team', DATABASE_LOCK_TIMEOUT_MS: '1500' });
    const [row] = await database.sql`select current_user, current_setting('lock_timeout') as lock`;
    assert.deepEqual({ ...row }, { current_user: 'team', lock: '1500ms' });
  });

  test('is refused where none of them vouches for the server, whatever Node is told to let through', async (context) => {
    const other = `${server.caFile}.other`;
    writeFileSync(other, makeAuthority('another authority').cert);
    const code = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
    await assertRefused(openVerified({}, { DATABASE_CA_FILE: other }), code);
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    context.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    mock.method(process, 'emitWarning', () => undefined);
    context.after(() => mock.restoreAll());
    await assertRefused(openVerified({}, { DATABASE_CA_FILE: other }), code);
  });

  test('finds the one that vouches for the server among several', async () => {
    const several = `${server.caFile}.several`;
    writeFileSync(several, `# comment\n${makeAuthority('another authority').cert}\n${server.authority.cert}`);
    await ping(openVerified({}, { DATABASE_CA_FILE: several }));
  });

  test('is refused by a server of another name or address', async () => {
    await assertRefused(openVerified({ host: '127.0.0.1' }), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('is refused where the certificate has expired', async (context) => {
    const hour = 3_600_000;
    const validity = { from: Date.now() - 2 * hour, to: Date.now() - hour };
    const door = await startDoor(context, { certificate: server.authority.issue(['localhost'], validity) });
    await assertRefused(openVerified({ port: door.port }), 'CERT_HAS_EXPIRED');
  });

  test('is refused by a server without TLS, which learns nothing of the login', async (context) => {
    const plain = await startServer(context, (socket) => socket.write('N'));
    await assertRefused(openVerified({ port: plain.port }), 'TLS_REFUSED');
    assert.doesNotMatch(plain.received(), /app|secret/);
  });

  test('is refused by a server without TLS that hangs up', async (context) => {
    const plain = await startServer(context, (socket) => socket.end('N'));
    await assertRefused(openVerified({ port: plain.port }), 'TLS_REFUSED');
  });

  test('asks the server for its name, but for no address', async (context) => {
    const certificate = server.authority.issue(['localhost', '127.0.0.1']);
    const door = await startDoor(context, { certificate });
    await ping(openVerified({ port: door.port }));
    await ping(openVerified({ port: door.port, host: '127.0.0.1' }));
    assert.deepEqual(door.serverNames, ['localhost', false]);
  });

  test('is verified whatever the sslmode of DATABASE_URL', async () => {
    for (const mode of ['disable', 'prefer', 'require']) {
      await ping(openVerified({ query: `?sslmode=${mode}` }));
      await assertRefused(
        openVerified({ query: `?sslmode=${mode}`, host: '127.0.0.1' }),
        'ERR_TLS_CERT_ALTNAME_INVALID',
      );
    }
  });

  test('can do without the question for TLS where DATABASE_URL says so', async () => {
    await ping(openVerified({ query: '?sslnegotiation=direct' }));
  });

  test('that gets no answer to its handshake is given up in time', async (context) => {
    const answers: [string, (socket: Socket) => void][] = [
      ['nothing', () => undefined],
      ['S and nothing more', (socket) => socket.bytesWritten === 0 && socket.write('S')],
      ['N and nothing more', (socket) => socket.bytesWritten === 0 && socket.write('N')],
    ];
    const limitMs = 1000;
    for (const [what, answer] of answers) {
      const silent = await startServer(context, answer);
      // What is refused is so at once, however slow the machine is.
      const connect = what.startsWith('N') ? PATIENT_MS : String(limitMs);
      const database = openVerified({ port: silent.port }, { DATABASE_CONNECT_TIMEOUT_MS: connect });
      const { error, ms } = await timed(Promise.all([database.sql`select 1`, database.sql`select 2`]));
      const code = what.startsWith('N') ? 'TLS_REFUSED' : 'CONNECT_TIMEOUT';
      assert.equal(error instanceof Error && 'code' in error && error.code, code, what);
      if (!what.startsWith('N')) assert.ok(ms >= limitMs * 0.9, `${what}: ${ms} ms`);
    }
  });

  test('that is abandoned in its handshake ends what waits for it', async (context) => {
    const asked = Promise.withResolvers<undefined>();
    const silent = await startServer(context, () => asked.resolve(undefined));
    const database = openVerified({ port: silent.port });
    const waiting = [database.sql`select 1`, database.sql`select 2`].map(timed);
    await asked.promise;
    database.abandon();
    for (const { error } of await Promise.all(waiting)) assertAway(error);
  });

  const CUTS: ['is closed' | 'is reset', (socket: Socket) => void][] = [
    ['is closed', (socket) => socket.destroySoon()],
    ['is reset', (socket) => socket.resetAndDestroy()],
  ];
  for (const [what, cut] of CUTS) {
    test(`that ${what} after any number of bytes says that the database is away, and the next one is made`, async (context) => {
      const cutter = await startCutter(context, cut);
      const database = openVerified({ port: cutter.port });
      let cuts = 0;
      for (let error: unknown = new Error(); error !== undefined; cutter.limit += cutter.limit < 5 ? 1 : CUT_STEP) {
        ({ error } = await timed(Promise.all([database.sql`select 1`, database.sql`select 2`])));
        if (error !== undefined) assertAway(error);
        cuts += error === undefined ? 0 : 1;
      }
      assert.ok(cuts > 10, `${cuts} cuts`);
      cutter.limit = Infinity;
      await ping(database);
    });
  }
});

describe('without authorities, TLS is as DATABASE_URL says', TIMEOUT, () => {
  const CHOICES: [string, boolean][] = [
    ['', false],
    ['?sslmode=disable', false],
    ['?sslmode=prefer', true],
    ['?sslmode=require', true],
  ];
  for (const [query, ssl] of CHOICES) {
    test(`${query || 'no sslmode'}: ${ssl ? 'on' : 'off'}`, async () => {
      const [row] = await open({ DATABASE_URL: url({ query }) }).sql.unsafe(CONNECTION);
      assert.equal(row?.['ssl'], ssl);
    });
  }

  test('a server without TLS is used where it is preferred, and refused where it is required', async (context) => {
    const plain = await startServer(context, (socket) => socket.write('N'));
    const database = open({ DATABASE_URL: url({ port: plain.port, query: '?sslmode=prefer' }) });
    const waiting = timed(database.sql`select 1`);
    while (!plain.received().includes('app')) await setImmediate();
    database.abandon();
    assertAway((await waiting).error);
    await assertRefused(open({ DATABASE_URL: url({ port: plain.port, query: '?sslmode=require' }) }), 'TLS_REFUSED');
  });

  test('?sslmode=verify-full holds the server against the authorities that Node knows', async () => {
    await assertRefused(
      open({ DATABASE_URL: url({ query: '?sslmode=verify-full' }) }),
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
  });
});

describe('by IAM, a connection', TIMEOUT, () => {
  const LOGIN = { DATABASE_AUTH: 'iam' };

  before(() => Object.assign(process.env, CREDENTIALS));
  after(() => {
    for (const name of Object.keys(CREDENTIALS)) Reflect.deleteProperty(process.env, name);
  });

  async function startIamDoor(context: TestContext, certificate?: Certificate): Promise<TlsDoor> {
    const door: TlsDoor = await startDoor(context, {
      admits: (user, password) => isGoodToken(password, { host: 'localhost', port: door.port, user }),
      ...(certificate === undefined ? {} : { certificate }),
    });
    return door;
  }

  test('is made as the function’s own role, which needs no other', async (context) => {
    const door = await startIamDoor(context);
    const { sql } = openVerified({ port: door.port, user: 'prior_auth_submit' }, LOGIN);
    const [row] = await sql`select session_user, current_user`;
    assert.deepEqual({ ...row }, { session_user: 'prior_auth_submit', current_user: 'prior_auth_submit' });
    await assert.rejects(sql`delete from prior_auth_audit_events`, { code: '42501' });
  });

  test('has a token of its own, made when it is opened', async (context) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    context.after(() => mock.timers.reset());
    const door = await startIamDoor(context);
    const database = openVerified({ port: door.port, user: 'prior_auth_status' }, LOGIN);
    assert.deepEqual(door.passwords, []);
    await ping(database);
    await ping(database);
    assert.equal(door.passwords.length, 1);
    mock.timers.tick(20 * 60_000);
    door.closeConnections();
    await ping(database);
    assert.equal(new Set(door.passwords).size, 2);
  });

  test('leaves the password of DATABASE_URL alone', async (context) => {
    const door = await startIamDoor(context);
    await ping(openVerified({ port: door.port, user: `prior_auth_health:${PASSWORD}` }, LOGIN));
    assert.equal(door.passwords.join().includes(PASSWORD), false);
  });

  test('is refused to a role that may not, and the error knows no token', async (context) => {
    const door = await startIamDoor(context);
    await assertRefused(openVerified({ port: door.port, user: 'guest' }, LOGIN), '28P01', 'X-Amz-Signature');
  });

  test('is refused with credentials that Amazon does not know, and the error knows neither them nor the token', async (context) => {
    const door = await startIamDoor(context);
    process.env['AWS_SECRET_ACCESS_KEY'] = 'another-secret-key';
    const database = openVerified({ port: door.port, user: 'prior_auth_submit' }, LOGIN);
    Object.assign(process.env, CREDENTIALS);
    await assertRefused(database, '28000', 'X-Amz-Signature');
    await assertRefused(database, '28000', 'another-secret-key');
  });

  test('gives no token to a server that is not verified, nor to one without TLS', async (context) => {
    const door = await startIamDoor(context, makeAuthority('another authority').issue(['localhost']));
    const to = { port: door.port, user: 'prior_auth_submit' };
    await assertRefused(openVerified(to, LOGIN), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'X-Amz-Signature');
    assert.deepEqual(door.passwords, []);
    const plain = await startServer(context, (socket) => socket.write('N'));
    await assertRefused(openVerified({ ...to, port: plain.port }, LOGIN), 'TLS_REFUSED', 'X-Amz-Signature');
    assert.doesNotMatch(plain.received(), /Action=connect|prior_auth_submit/);
  });
});
