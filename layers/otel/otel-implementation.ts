/** Wires the layer and registers it with the OpenTelemetry API, which is all that functions know of it. */
import { context, propagation, trace } from '@opentelemetry/api';
import { createBreaker } from './breaker.ts';
import { AsyncContextManager } from './context-manager.ts';
import { createExporter } from './exporter.ts';
import { createExtension } from './extension.ts';
import { traceParentPropagator } from './propagator.ts';
import { createProvider } from './provider.ts';
import { resourceOf } from './resource.ts';
import { readLambdaAttributes, readRuntimeApi, readSettings, readXrayHeader } from './settings.ts';
import { createTransport } from './transport.ts';
import { createWarn } from './warning.ts';

const { settings, faults } = readSettings();
const warn = createWarn(settings.serviceName);
if (faults.length > 0) warn('Invalid settings of the OpenTelemetry layer are ignored', { faults: faults.join('; ') });

const exporter =
  settings.tracesUrl &&
  createExporter({
    resource: resourceOf(settings, readLambdaAttributes()),
    transport: createTransport(settings.tracesUrl, settings.headers),
    breaker: createBreaker(),
    deadlineMs: settings.flushDeadlineMs,
    warn,
  });
const lastWork = exporter && settings.flushesAfterResponse ? createExtension(readRuntimeApi(), warn) : undefined;

trace.setGlobalTracerProvider(createProvider(settings, { exporter, lastWork, readXrayHeader, warn }));
context.setGlobalContextManager(new AsyncContextManager());
propagation.setGlobalPropagator(traceParentPropagator);
