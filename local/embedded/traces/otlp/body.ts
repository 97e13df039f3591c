import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HttpError } from '../http.ts';

const unzip = promisify(gunzip);

/**
 * The body of a request, decompressed. `maxBytes` bounds it before and after decompression, so that a small body cannot
 * grow without end in memory (opentelemetry-proto, docs/specification.md "OTLP/HTTP Request").
 * @throws HttpError 413 above the bound, 415 for a content encoding other than gzip, 400 for a body cut short or
 * damaged.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new HttpError(415, 'content-encoding must be gzip, or absent', { headers: { 'accept-encoding': 'gzip' } });
  }
  const body = await receive(request, maxBytes);
  return encoding === 'gzip' ? await decompress(body, maxBytes) : body;
}

async function receive(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = request;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new HttpError(400, 'the body ended early', { cause });
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

async function decompress(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(maxBytes);
    throw new HttpError(400, 'the body is not valid gzip', { cause });
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `the body is larger than ${maxBytes} bytes`);
}
