/**
 * A body as payload format 2.0 carries it: text for types that are text, base64 for all else, for what is compressed
 * and where no type is given. (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-
 * integrations-lambda.html)
 */
export interface EventBody {
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** The bytes of a text that are not UTF-8. API Gateway would put U+FFFD in their place, and store what nobody sent. */
export class NotUtf8 extends Error {}

const TEXT =
  /^\s*(?:text\/[^;,\s]+|application\/(?:[^;,\s]+\+)?(?:json|xml)|application\/(?:x-)?(?:java|ecma)script)\s*(?:;|$)/i;

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws NotUtf8 */
export function toEventBody(
  bytes: Buffer | undefined,
  headers: Readonly<Record<string, string | undefined>>,
): EventBody {
  if (bytes === undefined || bytes.length === 0) return { isBase64Encoded: false };
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  if (!TEXT.test(type) || encoding.trim().toLowerCase() !== 'identity') {
    return { body: bytes.toString('base64'), isBase64Encoded: true };
  }
  try {
    return { body: UTF_8.decode(bytes), isBase64Encoded: false };
  } catch (cause) {
    throw new NotUtf8('The body is no UTF-8', { cause });
  }
}
