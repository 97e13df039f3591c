/**
 * Reads what a server answers, by RFC 9112 (HTTP/1.1). It takes the plain grammar and refuses the rest, so that it
 * never understands an answer otherwise than the one who wrote it. What it does not take is listed in client.ts.
 */
import { HttpFailure } from './failure.ts';

/** As `node:http` has it by default. */
const MAX_HEAD_BYTES = 16 * 1024;
/** A longer body is cut off. */
export const MAX_BODY_BYTES = 64 * 1024;
/** A chunk's length with its extensions. */
const MAX_CHUNK_LINE = 256;

export interface Reply {
  readonly status: number;
  /** The value of the first field of that name, which is given in lower case. */
  readonly header: (name: string) => string | undefined;
  /** A character for each byte. */
  readonly body: string;
}

/** RFC 9110, 15.3. */
export function isSuccess({ status }: Pick<Reply, 'status'>): boolean {
  return status >= 200 && status < 300;
}

interface Response {
  readonly reply: Reply;
  /** Whether another answer may follow on the same connection. */
  readonly isReusable: boolean;
}

interface Body {
  readonly text: string;
  /** Where it ends among what was received; NaN where it ends with the connection, or is cut off. */
  readonly end: number;
}

/** All values of the fields of a name. */
type Values = (name: string) => string[];

const END_OF_HEAD = '\r\n\r\n';
const TEXT = String.raw`[\t\x20-\x7e\x80-\xff]*`;
const FIELDS = String.raw`(?:\r\n[!#$%&'*+.^_\`|~\w-]+:${TEXT})*`;
const HEAD = new RegExp(String.raw`^HTTP/1\.[01] ([1-5]\d\d)(?: ${TEXT})?${FIELDS}$`);
const TRAILER = new RegExp(`^${FIELDS}$`);
/** Length and extensions of a chunk (7.1). */
const CHUNK_LINE = /^([\da-f]{1,8})(?:;[\w-]+(?:=[\w-]+)?)*$/i;
const FRAMING = ['content-length', 'transfer-encoding', 'connection'];

/**
 * @param received all that came until now, a character for each byte
 * @param isOver whether the server has hung up
 * @returns undefined while the answer is not whole
 * @throws HttpFailure where this is no HTTP, or HTTP that is not taken
 */
export function readResponse(received: string, isOver: boolean): Response | undefined {
  let start = 0;
  for (;;) {
    const end = received.indexOf(END_OF_HEAD, start);
    // Interim answers count, too.
    if ((end < 0 ? received.length : end) > MAX_HEAD_BYTES) throw new HttpFailure('the head of the answer is too long');
    if (end < 0) return undefined;
    const head = received.slice(start, end);
    const status = readStatus(head);
    const valuesOf = createLookup(head);
    start = end + END_OF_HEAD.length;
    if (status >= 200) return readFinal(status, head, valuesOf, received.slice(start), isOver);
    // What follows it could be told only from what these fields say.
    if (status === 101 || FRAMING.some((name) => valuesOf(name).length > 0))
      throw new HttpFailure('a wrong interim answer');
  }
}

function readStatus(head: string): number {
  const status = HEAD.exec(head)?.[1];
  if (status === undefined) throw new HttpFailure('no HTTP answer');
  return Number(status);
}

function readFinal(
  status: number,
  head: string,
  valuesOf: Values,
  rest: string,
  isOver: boolean,
): Response | undefined {
  const body = readBody(status, head, valuesOf, rest, isOver);
  if (body === undefined) return undefined;
  // Nobody has asked for it, and the answer itself may not be what it seems.
  if (rest.length > body.end) throw new HttpFailure('more than one answer');
  const staysOpen = head.startsWith('HTTP/1.1') && !/\bclose\b/i.test(valuesOf('connection').join());
  const reply = { status, header: (name: string) => valuesOf(name)[0], body: body.text };
  return { reply, isReusable: staysOpen && body.end === rest.length };
}

/** Looked up when they are asked for: few fields ever are. */
function createLookup(head: string): Values {
  const lowerCased = head.toLowerCase();
  return (name) => {
    const values: string[] = [];
    const prefix = `\r\n${name}:`;
    for (let at = lowerCased.indexOf(prefix); at >= 0; at = lowerCased.indexOf(prefix, at + 1)) {
      const end = head.indexOf('\r\n', at + prefix.length);
      values.push(head.slice(at + prefix.length, end < 0 ? undefined : end).replace(/^[\t ]+|[\t ]+$/g, ''));
    }
    return values;
  };
}

/** By RFC 9112, 6.3. Where it allows a doubtful length, this does not. */
function readBody(status: number, head: string, valuesOf: Values, rest: string, isOver: boolean): Body | undefined {
  const codings = valuesOf('transfer-encoding');
  const lengths = valuesOf('content-length');
  const [coding] = codings;
  const [length] = lengths;
  const isBodiless = status === 204 || status === 304;
  if (codings.length + lengths.length > 1) throw new HttpFailure('an answer of several lengths');
  if (coding !== undefined) {
    const isTaken = coding.toLowerCase() === 'chunked' && head.startsWith('HTTP/1.1') && !isBodiless;
    if (!isTaken) throw new HttpFailure('an unknown transfer coding');
    return readChunks(rest);
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new HttpFailure('a wrong length of the answer');
  if (isBodiless) {
    if (Number(length ?? 0) > 0) throw new HttpFailure('a body where there is none');
    return { text: '', end: 0 };
  }
  return readPlain(rest, length === undefined ? NaN : Number(length), isOver);
}

function readPlain(rest: string, length: number, isOver: boolean): Body | undefined {
  if (rest.length >= length)
    return length > MAX_BODY_BYTES ? cutOff(rest) : { text: rest.slice(0, length), end: length };
  if (rest.length > MAX_BODY_BYTES) return cutOff(rest);
  return isOver && Number.isNaN(length) ? { text: rest, end: NaN } : undefined;
}

function cutOff(text: string): Body {
  return { text: text.slice(0, MAX_BODY_BYTES), end: NaN };
}

/**
 * `<hex length>[;extension]`, the bytes, and so on until a length of 0; then perhaps trailer fields, and an empty line
 * (7.1).
 */
function readChunks(rest: string): Body | undefined {
  let text = '';
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    const line = rest.slice(at, lineEnd < 0 ? undefined : lineEnd);
    if (line.length > MAX_CHUNK_LINE || (lineEnd >= 0 && !CHUNK_LINE.test(line)))
      throw new HttpFailure('a chunk has no length');
    if (lineEnd < 0) return undefined;
    const size = parseInt(line, 16);
    if (size === 0) return readTrailer(text, rest, lineEnd);
    const start = lineEnd + '\r\n'.length;
    const end = start + size;
    text += rest.slice(start, end);
    if (text.length > MAX_BODY_BYTES) return cutOff(text);
    const behind = rest.slice(end, end + '\r\n'.length);
    if (!'\r\n'.startsWith(behind)) throw new HttpFailure('a chunk has another length');
    if (behind.length < '\r\n'.length) return undefined;
    at = end + '\r\n'.length;
  }
}

/** What a trailer says is not looked at. */
function readTrailer(text: string, rest: string, start: number): Body | undefined {
  const end = rest.indexOf(END_OF_HEAD, start);
  if ((end < 0 ? rest.length : end) - start > MAX_HEAD_BYTES) throw new HttpFailure('a trailer is too long');
  if (end < 0) return undefined;
  const trailer = rest.slice(start, end);
  const valuesOf = createLookup(trailer);
  const isTaken = TRAILER.test(trailer) && FRAMING.every((name) => valuesOf(name).length === 0);
  if (!isTaken) throw new HttpFailure('a wrong trailer');
  return { text, end: end + END_OF_HEAD.length };
}
