/**
 * How a connection to PostgreSQL proves who is at either end: the server by its certificate, this side by the password
 * of DATABASE_URL or by an IAM token.
 */
import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { signRdsToken } from './rds-token.ts';
import { credentialSettings, loginSettings, readSettings, SettingsError, type LoginSettings } from './settings.ts';

/** Options of the driver. */
export interface DatabaseLogin {
  /** Opens the way to the server; not in the driver's types. */
  readonly socket: (target: Target) => Socket;
  readonly ssl?: ConnectionOptions;
  /** Asked for once per connection; must not throw, which would end the process. */
  readonly password?: () => string;
}

/** What the driver tells its socket: lists, because an address may name several hosts, of which the first is taken. */
export interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly ssl?: unknown;
}

const DEFAULT_PORT = 5432;
/** What a server says to a request for TLS: S or N. */
const WILLING = 'S'.charCodeAt(0);

/** @throws SettingsError when settings do not fit together, or the authorities cannot be read */
export function createLogin(settings: LoginSettings): DatabaseLogin {
  const { hostname } = new URL(settings.DATABASE_URL);
  const file = settings.DATABASE_CA_FILE;
  const ssl = file === undefined ? {} : { ssl: verified(hostname, readAuthorities(file)) };
  return { socket: openSocket, ...ssl, ...(settings.DATABASE_AUTH === 'iam' ? { password: tokens(settings) } : {}) };
}

/** The same from the environment. */
export function readLogin(): DatabaseLogin {
  return createLogin(readSettings(loginSettings));
}

/**
 * What libpq calls `sslmode=verify-full`: signed by one of these authorities, and for this host. Their file is parsed
 * once.
 */
function verified(host: string, authorities: string): ConnectionOptions {
  return { secureContext: createSecureContext({ ca: authorities }), host, rejectUnauthorized: true };
}

function readAuthorities(file: string): string {
  const fault = (what: string, cause?: unknown) =>
    new SettingsError(`Invalid settings: DATABASE_CA_FILE ${what}`, { cause });
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw fault('cannot be read', error);
  }
  if (!content.includes('-----BEGIN CERTIFICATE-----')) throw fault('must hold certificates in PEM');
  return content;
}

function tokens(settings: LoginSettings): () => string {
  const { hostname: host, port, username } = new URL(settings.DATABASE_URL);
  if (settings.DATABASE_CA_FILE === undefined || username === '') {
    const fault =
      'DATABASE_AUTH iam needs a user in DATABASE_URL, and DATABASE_CA_FILE: tokens are for a verified server';
    throw new SettingsError(`Invalid settings: ${fault}`);
  }
  const credentials = readSettings(credentialSettings);
  const login = {
    host,
    port: Number(port || DEFAULT_PORT),
    user: decodeURIComponent(username),
    region: credentials.AWS_REGION,
    accessKeyId: credentials.AWS_ACCESS_KEY_ID,
    secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY,
    sessionToken: credentials.AWS_SESSION_TOKEN,
  };
  return () => signRdsToken(login, new Date());
}

/**
 * Without noDelay a small statement behind a large one waits for the reply to it (Nagle's algorithm, delayed
 * acknowledgement). `host` is where the driver looks for the name that TLS asks the server for.
 */
function openSocket(target: Target): Socket {
  const host = target.host[0] ?? '';
  const socket = createConnection({ host, port: target.port[0] ?? DEFAULT_PORT, noDelay: true });
  if (target.ssl && target.ssl !== 'prefer') socket.once('data', (answer: Buffer) => refusePlain(socket, answer));
  return Object.assign(socket, { host });
}

/**
 * The driver shakes hands with a server that does not want to as well, and reports what comes of it: a broken
 * connection.
 */
function refusePlain(socket: Socket, answer: Buffer): void {
  if (answer[0] === WILLING) return;
  socket.emit('error', Object.assign(new Error('The database does not speak TLS'), { code: 'TLS_REFUSED' }));
  socket.destroy();
}
