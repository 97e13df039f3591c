import type { Tracer, TracerProvider } from '@opentelemetry/api';
import { createClock } from './clock.ts';
import type { Exporter } from './exporter.ts';
import type { FlushPolicy } from './flush-policy.ts';
import { createIdGenerator } from './ids.ts';
import { createSampling } from './sampling.ts';
import { SpanBuffer } from './span-buffer.ts';
import { LayerTracer, type TracerParts } from './tracer.ts';
import type { Warn } from '../warning.ts';

/** The OpenTelemetry provider with the methods that functions look for. */
export interface LayerProvider extends TracerProvider {
  /** Delivers what is kept so far; never rejects, bounded by OTEL_FLUSH_DEADLINE_MS. */
  forceFlush(): Promise<void>;
  /** Whether the trace, its root being over, goes to the collector; only then may an exemplar point at it. */
  isKept(traceId: string): boolean;
  /** Has delivered what is kept, or will when the answer is out. Resolves when the answer may go; never rejects. */
  endInvocation(): Promise<void>;
}

export interface ProviderParts {
  /** Undefined: spans have ids and parents, and go nowhere. */
  readonly exporter: Exporter | undefined;
  readonly readXrayHeader: () => string | undefined;
  readonly warn: Warn;
  /** Undefined: invocations end with their flush. */
  readonly flushPolicy?: FlushPolicy | undefined;
}

export function createProvider(
  { samplingRatio, slowRequestMs }: { readonly samplingRatio: number; readonly slowRequestMs: number },
  { exporter, readXrayHeader, warn, flushPolicy }: ProviderParts,
): LayerProvider {
  const sampling = createSampling({ ratio: samplingRatio, slowMs: slowRequestMs });
  const buffer = exporter && new SpanBuffer(exporter, sampling, warn);
  const parts: TracerParts = {
    now: createClock(),
    ids: createIdGenerator(readXrayHeader),
    started: (span) => buffer?.started(span),
    ended: (span) => buffer?.ended(span),
  };
  const tracers = new Map<string, Tracer>();
  const forceFlush = async () => buffer?.flush();
  return {
    getTracer(name) {
      const tracer = tracers.get(name) ?? new LayerTracer(name, parts);
      tracers.set(name, tracer);
      return tracer;
    },
    forceFlush,
    endInvocation: () => flushPolicy?.(forceFlush) ?? forceFlush(),
    isKept: (traceId) => buffer?.isKept(traceId) ?? false,
  };
}
