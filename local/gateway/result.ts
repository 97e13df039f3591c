import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod/mini';

/**
 * What a function answers, in payload format 2.0. What API Gateway would guess of another value is not guessed here.
 */
const Result = z.object({
  statusCode: z.int().check(z.minimum(200), z.maximum(599)),
  headers: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
  cookies: z._default(z.array(z.string()), []),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
});

export interface GatewayAnswer {
  readonly status: number;
  /** Values that node can send. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Lambda's limit for a synchronous answer. */
const MAX_RESULT_BYTES = 6 * 1024 * 1024;

/** The answer that a function's result stands for, or undefined of a result that is none. */
export function toGatewayAnswer(payload: string): GatewayAnswer | undefined {
  if (payload.length > MAX_RESULT_BYTES) return undefined;
  const result = Result.safeParse(parse(payload)).data;
  if (result === undefined) return undefined;
  const headers: Record<string, string | string[]> = { 'content-type': 'text/plain; charset=utf-8' };
  for (const [name, value] of Object.entries(result.headers)) headers[name.toLowerCase()] = String(value);
  if (result.cookies.length > 0) headers['set-cookie'] = result.cookies;
  if (!Object.entries(headers).every(isSendable)) return undefined;
  return {
    status: result.statusCode,
    headers,
    body: Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

function isSendable([name, value]: [string, string | string[]]): boolean {
  try {
    validateHeaderName(name);
    for (const one of [value].flat()) validateHeaderValue(name, one);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
