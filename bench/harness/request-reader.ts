/** A request as a client sent it. */
export interface Received {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const HEAD_END = '\r\n\r\n';

/**
 * Reads the requests of one connection, by RFC 9112: bodies with a length, or in chunks. In place of `node:http`, whose
 * server would take as much of the machine as what is measured beside it.
 * @returns what takes the bytes that come, and gives the requests that are whole by then
 */
export function createRequestReader(): (bytes: Buffer) => Received[] {
  let pending: Buffer = Buffer.alloc(0);
  return (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    const whole: Received[] = [];
    for (let next = readRequest(pending); next !== undefined; next = readRequest(pending)) {
      whole.push(next.request);
      pending = pending.subarray(next.end);
    }
    return whole;
  };
}

function readRequest(bytes: Buffer): { request: Received; end: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(head)?.[1] ?? '';
  const start = headEnd + HEAD_END.length;
  const isChunked = /chunked/i.test(field('transfer-encoding'));
  const body = isChunked ? readChunks(bytes, start) : readLength(bytes, start, Number(field('content-length')));
  if (body === undefined || body.end > bytes.length) return undefined;
  const [, path = ''] = head.split(' ', 2);
  return { request: { path, contentType: field('content-type'), body: body.content }, end: body.end };
}

function readLength(bytes: Buffer, start: number, length: number): { content: Buffer; end: number } {
  return { content: bytes.subarray(start, start + length), end: start + length };
}

function readChunks(bytes: Buffer, start: number): { content: Buffer; end: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (next > bytes.length) return undefined;
    if (size === 0) return { content: Buffer.concat(chunks), end: next };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
