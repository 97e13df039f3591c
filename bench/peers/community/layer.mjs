/**
 * Sets up the packages of the OpenTelemetry community's Lambda layer for Node.js as that layer does by default: its three signals and
 * its default instrumentations. OTEL_METRICS_EXPORTER, OTEL_LOGS_EXPORTER (`none`) and OTEL_NODE_ENABLED_INSTRUMENTATIONS turn parts off.
 */
import { metrics } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { AwsLambdaInstrumentation } from '@opentelemetry/instrumentation-aws-lambda';
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk';
import { awsLambdaDetector } from '@opentelemetry/resource-detector-aws';
import { detectResources, envDetector, processDetector } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const { env } = process;
const enabled = (env.OTEL_NODE_ENABLED_INSTRUMENTATIONS ?? 'dns,http,net').split(',');

export async function start() {
  const instrumentations = await createInstrumentations();
  registerInstrumentations({ instrumentations });
  const resource = detectResources({ detectors: [awsLambdaDetector, envDetector, processDetector] });
  const tracerProvider = new NodeTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  tracerProvider.register({ propagator: new CompositePropagator({ propagators }) });
  const meterProvider = await createMeterProvider(resource);
  const loggerProvider = await createLoggerProvider(resource);
  registerInstrumentations({ instrumentations, tracerProvider, meterProvider, loggerProvider });
}

async function createInstrumentations() {
  const instrumentations = [
    new AwsInstrumentation({ suppressInternalInstrumentation: true }),
    new AwsLambdaInstrumentation({}),
  ];
  if (enabled.includes('dns')) {
    const { DnsInstrumentation } = await import('@opentelemetry/instrumentation-dns');
    instrumentations.push(new DnsInstrumentation());
  }
  if (enabled.includes('http')) {
    const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
    instrumentations.push(new HttpInstrumentation());
  }
  if (enabled.includes('net')) {
    const { NetInstrumentation } = await import('@opentelemetry/instrumentation-net');
    instrumentations.push(new NetInstrumentation());
  }
  return instrumentations;
}

async function createMeterProvider(resource) {
  if (env.OTEL_METRICS_EXPORTER === 'none') return undefined;
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() });
  const provider = new MeterProvider({ resource, readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  return provider;
}

async function createLoggerProvider(resource) {
  if (env.OTEL_LOGS_EXPORTER === 'none') return undefined;
  const { LoggerProvider, BatchLogRecordProcessor } = await import('@opentelemetry/sdk-logs');
  const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-http');
  const processor = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() });
  const provider = new LoggerProvider({ resource, processors: [processor] });
  logs.setGlobalLoggerProvider(provider);
  return provider;
}
