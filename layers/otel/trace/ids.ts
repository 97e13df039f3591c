import { isValidTraceId } from '@opentelemetry/api';
import type { IdGenerator } from './tracer.ts';

/** `1-<8 hex: seconds>-<24 hex>` among the `;`-separated members of the X-Ray header (AWS X-Ray, "Tracing header"). */
const XRAY_ROOT = /(?:^|;)\s*Root=1-([\da-f]{8})-([\da-f]{24})\s*(?:;|$)/i;

/**
 * Ids for a new root: the trace id of the X-Ray header where there is one, so that one id finds a request in both. Its
 * `Sampled` flag and its `Parent`, a span that no OpenTelemetry backend has, are left alone.
 */
export function createIdGenerator(readXrayHeader: () => string | undefined): IdGenerator {
  return {
    traceId: () => parseXrayTraceId(readXrayHeader()) ?? randomHex(4),
    spanId: () => randomHex(2),
  };
}

/** The trace id as OpenTelemetry writes it, 32 hex digits; undefined when the header has no valid one. */
export function parseXrayTraceId(header: string | undefined): string | undefined {
  const [, seconds, rest] = XRAY_ROOT.exec(header ?? '') ?? [];
  const traceId = `${seconds ?? ''}${rest ?? ''}`.toLowerCase();
  return isValidTraceId(traceId) ? traceId : undefined;
}

/** What ids are made of, for as long as it takes to write them down. */
const words = new Uint32Array(4);
const bytes = Buffer.from(words.buffer);

/**
 * Ids need to differ, not to be secret: as in the official SDK they are no work of `node:crypto`, which costs at cold
 * start.
 */
function randomHex(count: 2 | 4): string {
  for (let index = 0; index < count; index++) words[index] = Math.random() * 2 ** 32;
  // An id of zeros is none.
  words[0] ||= 1;
  return bytes.toString('hex', 0, count * Uint32Array.BYTES_PER_ELEMENT);
}
