import { decodeRequest } from './protobuf.ts';
import { writeField } from './wire.ts';

/** One of the two encodings of OTLP/HTTP; an answer uses the encoding of its request. */
export interface Encoding {
  readonly type: string;
  /** @throws when the body is not in this encoding. */
  decode(body: Buffer): unknown;
  /** An `ExportTraceServiceResponse`: `partial_success` is set only when spans were rejected. */
  success(rejectedSpans: number): string | Buffer;
  /** A `google.rpc.Status`. */
  failure(code: number, message: string): string | Buffer;
}

const REJECTED = 'Spans without a valid trace id and span id, or with members of a wrong type, were not stored.';

export const JSON_ENCODING: Encoding = {
  type: 'application/json',
  decode: (body): unknown => JSON.parse(body.toString('utf8')),
  success: (rejectedSpans) =>
    JSON.stringify(
      rejectedSpans === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage: REJECTED } },
    ),
  failure: (code, message) => JSON.stringify({ code, message }),
};

export const PROTOBUF_ENCODING: Encoding = {
  type: 'application/x-protobuf',
  decode: decodeRequest,
  success: (rejectedSpans) =>
    rejectedSpans === 0
      ? Buffer.alloc(0)
      : writeField(1, Buffer.concat([writeField(1, rejectedSpans), writeField(2, REJECTED)])),
  failure: (code, message) => Buffer.concat([writeField(1, code), writeField(2, message)]),
};

/** The encoding that a `Content-Type` names, its parameters apart. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return [JSON_ENCODING, PROTOBUF_ENCODING].find((encoding) => encoding.type === type);
}
