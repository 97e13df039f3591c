/**
 * The password of a login by IAM: a request for `rds-db:connect`, presigned with the function's own credentials. It is
 * made here, byte for byte as `@aws-sdk/rds-signer` makes it, and nobody is asked for anything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';

export interface RdsLogin {
  /** As the cluster's endpoint is named: a token for an alias of it is refused. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** For the login alone: a connection that is open stays so. Not ours to choose. */
const LIFETIME_SECONDS = 900;

/** @param at the time from which the token is good, for fifteen minutes */
export function signRdsToken(login: RdsLogin, at: Date): string {
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), login.region, 'rds-db', 'aws4_request'];
  const parameters = writeParameters({
    Action: 'connect',
    DBUser: login.user,
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': [login.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(LIFETIME_SECONDS),
    'X-Amz-Security-Token': login.sessionToken,
  });
  // Sorted by name, where the signature has its place before the last.
  const signedHeaders = 'X-Amz-SignedHeaders=host';
  const address = `${login.host}:${login.port}`;
  const request = ['GET', '/', `${parameters}&${signedHeaders}`, `host:${address}`, '', 'host', sha256('')].join('\n');
  const text = [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${login.secretAccessKey}`);
  return `${address}/?${parameters}&X-Amz-Signature=${hmac(key, text).toString('hex')}&${signedHeaders}`;
}

function writeParameters(parameters: Record<string, string | undefined>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${percentEncode(value)}`]))
    .join('&');
}

/** RFC 3986 reserves more than `encodeURIComponent` knows. */
function percentEncode(text: string): string {
  const encode = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, encode);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
