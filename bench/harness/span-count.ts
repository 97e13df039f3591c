/** How many spans an export has. */
import * as z from 'zod/mini';

const Export = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(z.unknown()) })) })),
});

/** @param body an ExportTraceServiceRequest of OTLP, in JSON or protobuf */
export function countSpans(contentType: string, body: Uint8Array): number {
  if (!contentType.includes('json')) return countInProtobuf(body);
  const { resourceSpans } = Export.parse(JSON.parse(Buffer.from(body).toString()));
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).length;
}

/**
 * The X-Ray daemon takes a line of JSON, then what was sent: an export in protobuf and base64 behind `T1S` (sampled),
 * which is counted, or anything else, which is not.
 */
export function countSpansOfXrayDaemon(message: Buffer): number {
  const body = /\nT1S(.*)$/s.exec(message.toString())?.[1];
  return body === undefined ? 0 : countInProtobuf(Buffer.from(body, 'base64'));
}

/** Of opentelemetry/proto/trace/v1/trace.proto: the fields that lead to a span, each a message. */
const RESOURCE_SPANS = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;

function countInProtobuf(body: Uint8Array): number {
  return fields(body, RESOURCE_SPANS)
    .flatMap((resource) => fields(resource, SCOPE_SPANS))
    .flatMap((scope) => fields(scope, SPANS)).length;
}

/** A tag is the number of a field, and in its lowest bits the type of the wire. */
const TYPE_BITS = 3;

/**
 * The contents of a message's field `wanted`. These messages have fields with a length only: messages and strings.
 * https://protobuf.dev/programming-guides/encoding/
 */
function fields(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < message.length;) {
    const [tag, afterTag] = varint(message, at);
    const [length, start] = varint(message, afterTag);
    at = start + length;
    if (tag >> TYPE_BITS === wanted) found.push(message.subarray(start, at));
  }
  return found;
}

/** The number at `at`, and where the next thing begins. */
function varint(message: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let scale = 1, next = at; next < message.length; scale *= 128, next++) {
    const byte = message[next] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, next + 1];
  }
  return [value, message.length];
}
