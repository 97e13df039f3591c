/** Wires the layer and registers it with the OpenTelemetry API, which is all that functions know of it. */
import { context, propagation, trace } from '@opentelemetry/api';
import { createBreaker } from './export/breaker.ts';
import { AsyncContextManager } from './trace/context-manager.ts';
import { createExporter } from './export/exporter.ts';
import { createExtension } from './lambda/extension.ts';
import { traceParentPropagator } from './trace/propagator.ts';
import { createProvider } from './trace/provider.ts';
import { resourceOf } from './export/resource.ts';
import { readLambdaAttributes, readRuntimeApi, readSettings, readXrayHeader } from './settings/settings.ts';
import { createHttpClient } from './http/client.ts';
import { createWarn } from './warning.ts';

const { settings, faults } = readSettings();
const warn = createWarn(settings.serviceName);
if (faults.length > 0) warn('Invalid settings of the OpenTelemetry layer are ignored', { faults: faults.join('; ') });

const exporter =
  settings.tracesUrl &&
  createExporter({
    resource: resourceOf(settings, readLambdaAttributes()),
    client: createHttpClient(settings.tracesUrl, { ...settings.headers, 'content-type': 'application/json' }),
    breaker: createBreaker(),
    deadlineMs: settings.flushDeadlineMs,
    warn,
  });
const flushPolicy = exporter && settings.flushesAfterResponse ? createExtension(readRuntimeApi(), warn) : undefined;

trace.setGlobalTracerProvider(createProvider(settings, { exporter, flushPolicy, readXrayHeader, warn }));
context.setGlobalContextManager(new AsyncContextManager());
propagation.setGlobalPropagator(traceParentPropagator);
