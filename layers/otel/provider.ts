import type { Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api';
import { SDK_INFO } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider as SdkTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { createClock, keepTime } from './clock.ts';
import type { LastWork } from './extension.ts';
import { createIdGenerator } from './ids.ts';
import { createSampling } from './sampling.ts';
import type { LayerSettings } from './settings.ts';
import { SpanBuffer } from './span-buffer.ts';
import type { Warn } from './warning.ts';

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
  readonly exporter: SpanExporter | undefined;
  readonly lambdaAttributes: Readonly<Record<string, string | number>>;
  readonly readXrayHeader: () => string | undefined;
  readonly warn: Warn;
  /** Undefined: invocations end with their flush. */
  readonly lastWork?: LastWork | undefined;
}

export function createProvider(settings: LayerSettings, parts: ProviderParts): LayerProvider {
  const sampling = createSampling({ ratio: settings.samplingRatio, slowMs: settings.slowRequestMs });
  const buffer = parts.exporter && new SpanBuffer(parts.exporter, sampling, parts.warn);
  const sdk = new SdkTracerProvider({
    resource: resourceFromAttributes({
      ...settings.resourceAttributes,
      ...SDK_INFO,
      ...parts.lambdaAttributes,
      'service.name': settings.serviceName,
    }),
    // Everything is recorded: whether it is kept is known at the end of the request, never from a caller's flag.
    sampler: new AlwaysOnSampler(),
    idGenerator: createIdGenerator(parts.readXrayHeader),
    spanProcessors: buffer === undefined ? [] : [buffer],
  });
  const now = createClock();
  const forceFlush = async () => buffer?.forceFlush();
  const timed = new WeakSet<Tracer>();
  return {
    getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
      const tracer = sdk.getTracer(name, version, options);
      if (!timed.has(tracer)) timed.add(keepTime(tracer, now));
      return tracer;
    },
    forceFlush,
    endInvocation: () => parts.lastWork?.(forceFlush) ?? forceFlush(),
    isKept: (traceId) => buffer?.isKept(traceId) ?? false,
  };
}
