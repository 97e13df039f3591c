/**
 * Every setting of the layer, read once when it is preloaded. Hand-written, because zod would cost more at cold start
 * than the rest of the layer. An invalid setting is reported and otherwise treated as unset, as the OpenTelemetry
 * specification asks; an invalid endpoint therefore means that nothing is exported.
 */
import { SERVICE } from '../../../functions/contract/catalogue.ts';
import { otlpEndpointFault } from '../../../functions/contract/settings-rules.ts';
import { parseKeyValues } from './key-values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LayerSettings {
  readonly serviceName: string;
  /** Where spans are posted, `/v1/traces` included; undefined: spans and ids work, nothing is exported. */
  readonly tracesUrl: URL | undefined;
  /** Sent with each export, such as a collector's authorization; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the traces that are neither failed nor slow, the share that is kept: 0 to 1. */
  readonly samplingRatio: number;
  /** A root span that lasts this long is slow, and its trace always kept. */
  readonly slowRequestMs: number;
  /** The longest that a flush takes. */
  readonly flushDeadlineMs: number;
  /** Whether the answer goes first, where Lambda waits for the flush all the same. */
  readonly flushesAfterResponse: boolean;
  /** OTEL_RESOURCE_ATTRIBUTES, `service.version` among them. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
}

const MAX_SLOW_REQUEST_MS = 900_000;
const MAX_FLUSH_DEADLINE_MS = 10_000;

/** `faults` name the variable and the rule that it breaks, never its value. */
export function readSettings(environment: Environment = process.env): { settings: LayerSettings; faults: string[] } {
  const faults: string[] = [];
  function read<T>(name: string, byDefault: T, parse: (text: string) => T): T {
    const text = environment[name]?.trim() ?? '';
    if (text === '') return byDefault;
    try {
      return parse(text);
    } catch (error) {
      faults.push(`${name} ${error instanceof Error ? error.message : 'is invalid'}`);
      return byDefault;
    }
  }
  const resourceAttributes: Record<string, string> = read('OTEL_RESOURCE_ATTRIBUTES', {}, parseKeyValues);
  const settings: LayerSettings = {
    serviceName: read('OTEL_SERVICE_NAME', resourceAttributes['service.name'] ?? SERVICE, (text) => text),
    tracesUrl: read<URL | undefined>('OTEL_EXPORTER_OTLP_ENDPOINT', undefined, parseTracesUrl),
    headers: read('OTEL_EXPORTER_OTLP_HEADERS', {}, parseHeaders),
    samplingRatio: read('OTEL_TRACES_SAMPLER_ARG', 1, numberBetween(0, 1)),
    slowRequestMs: read('OTEL_SLOW_REQUEST_MS', 1000, numberBetween(0, MAX_SLOW_REQUEST_MS)),
    flushDeadlineMs: read('OTEL_FLUSH_DEADLINE_MS', 500, numberBetween(1, MAX_FLUSH_DEADLINE_MS)),
    flushesAfterResponse: read('OTEL_LAMBDA_FLUSH', false, parseFlush),
    resourceAttributes,
  };
  return { settings, faults };
}

/** What Lambda says about the function, by the names of the semantic conventions for FaaS; empty elsewhere. */
export function readLambdaAttributes(environment: Environment = process.env): Record<string, string | number> {
  const name = environment['AWS_LAMBDA_FUNCTION_NAME'];
  if (name === undefined) return {};
  const attributes = {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': environment['AWS_REGION'],
    'faas.name': name,
    'faas.version': environment['AWS_LAMBDA_FUNCTION_VERSION'],
    'faas.instance': environment['AWS_LAMBDA_LOG_STREAM_NAME'],
    'faas.max_memory': toBytes(environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']),
  };
  return Object.fromEntries(Object.entries(attributes).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}

/** The X-Ray header of the current invocation: the Lambda runtime sets it anew before each. */
export function readXrayHeader(): string | undefined {
  return process.env['_X_AMZN_TRACE_ID'];
}

/** `host:port` of Lambda's APIs for the processes of an environment; undefined elsewhere. */
export function readRuntimeApi(): string | undefined {
  return process.env['AWS_LAMBDA_RUNTIME_API'];
}

function toBytes(megabytes: string | undefined): number | undefined {
  const bytes = Number(megabytes) * 1024 * 1024;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function parseTracesUrl(text: string): URL {
  const fault = otlpEndpointFault(text);
  if (fault !== undefined) throw new Error(fault);
  const url = new URL(text);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url;
}

/** What says how long a message is and how it is carried is the layer's own. */
const OF_THE_CONNECTION = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
];

/** By their names in lower case, so that there is one of each. */
function parseHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseKeyValues(text))) {
    // RFC 9110, 5.1 and 5.5.
    if (!/^[!#$%&'*+.^_`|~\w-]+\0[\t\x20-\x7e]*$/.test(`${name}\0${value}`)) throw new Error('must be ASCII headers');
    const lowerCased = name.toLowerCase();
    if (OF_THE_CONNECTION.includes(lowerCased)) throw new Error(`must not set ${lowerCased}`);
    headers[lowerCased] = value;
  }
  return headers;
}

function parseFlush(text: string): boolean {
  if (text !== 'after-response' && text !== 'before-response') {
    throw new Error('must be before-response or after-response');
  }
  return text === 'after-response';
}

function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= least && value <= most)) throw new Error(`must be a number from ${least} to ${most}`);
    return value;
  };
}
