/** Reads what a server answers, by RFC 9112 (HTTP/1.1). */

/** An answer is a line of JSON; whatever is longer is cut off. */
export const MAX_REPLY_BYTES = 64 * 1024;

export interface Reply {
  readonly status: number;
  /** The field of that name, in any case. */
  readonly header: (name: string) => string | undefined;
  /** A character for each byte. */
  readonly body: string;
}

interface Response {
  readonly reply: Reply;
  /** Whether another answer may follow on the same connection. */
  readonly isReusable: boolean;
}

const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)/;
/** These end with their head (RFC 9112, 6.3). */
const WITHOUT_BODY = [204, 304];

/**
 * @param received all that came until now, a character for each byte
 * @param isOver whether the server has hung up
 * @returns undefined while the answer is not whole
 * @throws Error where this is no HTTP
 */
export function readResponse(received: string, isOver: boolean): Response | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) {
    if (received.length > MAX_REPLY_BYTES) throw new Error('The head has no end');
    return undefined;
  }
  const head = received.slice(0, end);
  const status = Number(STATUS_LINE.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error('There is no status line');
  const rest = received.slice(end + '\r\n\r\n'.length);
  // An interim answer: the one that counts follows.
  if (status < 200) {
    if (received.length > MAX_REPLY_BYTES) throw new Error('No answer follows');
    return readResponse(rest, isOver);
  }
  const lowerCased = head.toLowerCase();
  const header = (name: string) => fieldOf(head, lowerCased, name);
  const body = WITHOUT_BODY.includes(status) ? { text: '', end: 0 } : readBody(header, rest, isOver);
  if (body === undefined) {
    if (rest.length <= MAX_REPLY_BYTES) return undefined;
    return { reply: { status, header, body: rest.slice(0, MAX_REPLY_BYTES) }, isReusable: false };
  }
  const staysOpen = head.startsWith('HTTP/1.1') && !/\bclose\b/i.test(header('connection') ?? '');
  return { reply: { status, header, body: body.text }, isReusable: staysOpen && body.end === rest.length };
}

/** Looked up when it is asked for: few fields ever are. */
function fieldOf(head: string, lowerCased: string, name: string): string | undefined {
  const field = lowerCased.indexOf(`\r\n${name}:`);
  if (field < 0) return undefined;
  const start = field + name.length + '\r\n:'.length;
  const end = head.indexOf('\r\n', start);
  return head.slice(start, end < 0 ? undefined : end).trim();
}

interface Body {
  readonly text: string;
  /** Where it ends among what was received; NaN where it ends with the connection. */
  readonly end: number;
}

function readBody(header: Reply['header'], rest: string, isOver: boolean): Body | undefined {
  if (/\bchunked$/i.test(header('transfer-encoding') ?? '')) return readChunks(rest);
  const length = Number(header('content-length') ?? NaN);
  if (Number.isNaN(length)) return isOver ? { text: rest, end: NaN } : undefined;
  return rest.length < length ? undefined : { text: rest.slice(0, length), end: length };
}

/**
 * `<hex length>[;extension]`, the bytes, and so on until a length of 0; then perhaps trailer fields, and an empty line
 * (7.1).
 */
function readChunks(rest: string): Body | undefined {
  let text = '';
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(rest.slice(at, lineEnd), 16);
    if (!(size >= 0)) throw new Error('A chunk has no length');
    const start = lineEnd + '\r\n'.length;
    if (size === 0) {
      const end = rest.indexOf('\r\n\r\n', lineEnd);
      return end < 0 ? undefined : { text, end: end + '\r\n\r\n'.length };
    }
    if (rest.length < start + size + '\r\n'.length) return undefined;
    text += rest.slice(start, start + size);
    at = start + size + '\r\n'.length;
  }
}
