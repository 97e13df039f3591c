/** What a collector's answer means, by the OTLP/HTTP specification. */
import type { Reply } from '../http/response.ts';

/**
 * How many spans an answer of success refuses all the same. Nothing else of the answer is looked at: it may quote
 * spans.
 */
export function countRejected({ body }: Reply): number {
  return Number(/"rejectedSpans"\s*:\s*"?(\d{1,15})/.exec(body)?.[1] ?? 0);
}

/** The rest that a 429 or 503 asks for, in milliseconds: `Retry-After` as seconds or as a date (RFC 9110, 10.2.3). */
export function readRetryAfterMs({ status, header }: Reply, now: number): number | undefined {
  const retryAfter = header('retry-after');
  if (retryAfter === undefined || (status !== 429 && status !== 503)) return undefined;
  const milliseconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return milliseconds > 0 ? milliseconds : undefined;
}
