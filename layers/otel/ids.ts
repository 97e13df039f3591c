import { isValidTraceId } from '@opentelemetry/api';
import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

/** `1-<8 hex: seconds>-<24 hex>` among the `;`-separated members of the X-Ray header (AWS X-Ray, "Tracing header"). */
const XRAY_ROOT = /(?:^|;)\s*Root=1-([\da-f]{8})-([\da-f]{24})\s*(?:;|$)/i;

/**
 * Ids for a new root: the trace id of the X-Ray header where there is one, so that one id finds a request in both. Its
 * `Sampled` flag and its `Parent`, a span that no OpenTelemetry backend has, are left alone.
 */
export function createIdGenerator(readXrayHeader: () => string | undefined): IdGenerator {
  const random = new RandomIdGenerator();
  return {
    generateTraceId: () => parseXrayTraceId(readXrayHeader()) ?? random.generateTraceId(),
    generateSpanId: () => random.generateSpanId(),
  };
}

/** The trace id as OpenTelemetry writes it, 32 hex digits; undefined when the header has no valid one. */
export function parseXrayTraceId(header: string | undefined): string | undefined {
  const [, seconds, rest] = XRAY_ROOT.exec(header ?? '') ?? [];
  const traceId = `${seconds ?? ''}${rest ?? ''}`.toLowerCase();
  return isValidTraceId(traceId) ? traceId : undefined;
}
