/**
 * Requests that no well-meaning client sends, as bytes, and what is wrong with an answer to one. The same seed makes
 * the same ones.
 */
import { connect } from 'node:net';
import { SUBMISSION } from '../fixtures/http.ts';

/** In every place of a request but a valid body; in no answer. */
export const CANARY = 'CANARY7Q';

type Random = () => number;

/** Numbers from 0 to 1 (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'DELETE',
  'PATCH',
  'TRACE',
  'CONNECT',
  'QUERY',
  'get',
  CANARY,
  '',
];
const TARGETS = [
  '/prior-auth/submit',
  '/prior-auth/PA-00001',
  '/health',
  `/${CANARY}`,
  `/prior-auth/${CANARY}`,
  `/prior-auth/PA-00001?${CANARY}=${CANARY}`,
  '/prior-auth/',
  '//health',
  '/%2e%2e/health',
  '/prior-auth/%2F%00',
  '/prior-auth/%zz',
  '/prior-auth/%ff',
  '*',
  '',
  `http://${CANARY}/health`,
  `/prior-auth/${CANARY.repeat(200)}`,
  '/prior-auth/\x00',
  '/prior-auth/ä',
  '/__proto__',
];
const HEADERS = [
  'Content-Type: application/json',
  'Content-Type: application/json',
  'Content-Type: multipart/form-data; boundary=x',
  'Content-Type: text/plain',
  `Content-Type: ${CANARY}`,
  'Content-Type: ;;;',
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  `Content-Encoding: ${CANARY}`,
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  `Transfer-Encoding: ${CANARY}`,
  'Content-Length: 3',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Expect: 100-continue',
  `Expect: ${CANARY}`,
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Cookie: prefs={"eid":1}',
  `Cookie: ${CANARY}`,
  `Idempotency-Key: ${CANARY}`,
  'Idempotency-Key: "',
  'sls-offline-authorizer-override: {"jwt":{"claims":{"scope":"x"}}}',
  'Authorization: Bearer x.y.z',
  `traceparent: ${CANARY}`,
  'X-Amzn-Trace-Id: Root=1-1-1;Sampled=?',
  `Origin: https://${CANARY}`,
  'Sec-Fetch-Site: cross-site',
  `Host: ${CANARY}`,
  `X-${CANARY}: \xff\x80`,
  'X: \x00',
  ': none',
  'no colon',
  ' folded',
  `__proto__: ${CANARY}`,
  `X-Long: ${'x'.repeat(12_000)}`,
];
const BODIES = [
  '',
  JSON.stringify(SUBMISSION),
  'null',
  'false',
  '0',
  '""',
  '[]',
  `{"member_id":"${CANARY}"}`,
  `{"${CANARY}":1}`,
  `{"member_id":"\xe4${CANARY}"`,
  `"{\\"a\\":\\"${CANARY}\\"}"`,
  `3\r\n${CANARY}\r\n0\r\n\r\n`,
  'zz\r\n',
  '[['.repeat(3000),
  '\x1f\x8b\x08garbage',
  'x'.repeat(70_000),
];

/** @param port that the request names as its host's, mostly */
export function oddRequest(random: Random, port: number): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  if (random() < 0.05) return Buffer.from(Array.from({ length: 1 + random() * 200 }, () => Math.floor(random() * 256)));
  const body = pick(BODIES);
  const headers = Array.from({ length: Math.floor(random() * 4) }, () => pick(HEADERS));
  if (random() < 0.95) headers.unshift(`Host: localhost:${port}`);
  if (random() < 0.8) headers.push(`Content-Length: ${body.length}`);
  const [method, target] = random() < 0.4 ? ['POST', '/prior-auth/submit'] : [pick(METHODS), pick(TARGETS)];
  const version = random() < 0.95 ? 'HTTP/1.1' : pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', CANARY]);
  const text = `${method} ${target} ${version}\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  const whole = random() < 0.1 ? text + text : text;
  return Buffer.from(random() < 0.1 ? whole.slice(0, random() * whole.length) : whole, 'latin1');
}

const LIMIT_MS = 60_000;

/**
 * Node takes an end from the client for a client that has gone: it is sent after an answer, or when none comes to
 * what is cut off.
 */
const [AFTER_ANSWER_MS, WITHOUT_ANSWER_MS] = [5, 400];

/**
 * Sends bytes, and the end after their answers. @returns what comes back, or undefined when the connection is open
 * after a minute
 */
export function exchange(port: number, bytes: Buffer): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    let isOpen = false;
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1').setTimeout(LIMIT_MS, () => {
      isOpen = true;
      socket.destroy();
    });
    const endIn = (ms: number) => setTimeout(() => socket.end(), ms);
    let end = endIn(WITHOUT_ANSWER_MS);
    socket.on('data', (chunk: string) => {
      text += chunk;
      clearTimeout(end);
      // "100 Continue" is no answer yet.
      end = endIn(/^HTTP\/1\.1 [2-5]/m.test(text) ? AFTER_ANSWER_MS : WITHOUT_ANSWER_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(end);
      resolve(isOpen ? undefined : text);
    });
    socket.write(bytes);
  });
}

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf(answer: string | undefined): string | undefined {
  if (answer === undefined) return 'not answered';
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  if (answer !== '' && statuses.length === 0) return 'an answer without a status';
  const failed = statuses.find((status) => status >= 500);
  if (failed !== undefined) return `a status of ${failed}`;
  if (answer.includes(CANARY)) return 'a reflected value';
  if (/stackTrace|node_modules|\.[jt]s:\d|errorMessage/.test(answer)) return 'a stack trace';
  return /^access-control-/im.test(answer) ? 'access to another origin' : undefined;
}

export interface Findings {
  readonly statuses: ReadonlyMap<string, number>;
  /** Each fault with the first requests that had it, as text. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
}

/** Sends `count` odd requests, some at a time. */
export async function sendOdd(port: number, count: number, seed: number, atOnce = 48): Promise<Findings> {
  const random = randomOf(seed);
  const statuses = new Map<string, number>();
  const faults = new Map<string, string[]>();
  let left = count;
  const client = async () => {
    while (left-- > 0) {
      const bytes = oddRequest(random, port);
      const answer = await exchange(port, bytes);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer ?? '')?.[1] ?? 'closed';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const fault = faultOf(answer);
      if (fault === undefined) continue;
      const known = faults.get(fault) ?? [];
      if (known.length < 3) known.push(`${bytes.toString('latin1').slice(0, 500)}\n→ ${(answer ?? '').slice(0, 500)}`);
      faults.set(fault, known);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return { statuses, faults };
}
