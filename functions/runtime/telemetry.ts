/**
 * What functions know of the OpenTelemetry layer: nothing but the global API, and two methods that the layer's tracer
 * provider may have. Without the layer everything here still works and does nothing.
 */
import { INVALID_TRACEID, trace, type TracerProvider } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';

interface LayerProvider extends TracerProvider {
  /**
   * Exports what is buffered, by OTEL_LAMBDA_FLUSH before or after the answer. Resolves when the answer may go; never
   * rejects, bounded by OTEL_FLUSH_DEADLINE_MS.
   */
  endInvocation(): Promise<void>;
  /** Whether the finished trace is exported, so that an exemplar may point at it. */
  isKept(traceId: string): boolean;
}

/** The last that an invocation does, and once. */
export async function flush(): Promise<void> {
  await layer()?.endInvocation();
}

export function isKept(traceId: string): boolean {
  return layer()?.isKept(traceId) ?? false;
}

/** W3C ids of a span; random ones without the layer or a span, so that audit rows and answers always have them. */
export function idsOf(span?: { spanContext(): { traceId: string; spanId: string } }): {
  traceId: string;
  spanId: string;
} {
  const { traceId = INVALID_TRACEID, spanId = '' } = span?.spanContext() ?? {};
  if (traceId !== INVALID_TRACEID) return { traceId, spanId };
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
}

function layer(): LayerProvider | undefined {
  const global = trace.getTracerProvider() as { getDelegate?: () => TracerProvider } & TracerProvider;
  const provider = global.getDelegate?.() ?? global;
  return 'endInvocation' in provider && 'isKept' in provider ? (provider as LayerProvider) : undefined;
}
