import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  readLambdaAttributes,
  readRuntimeApi,
  readSettings,
  readXrayHeader,
} from '../../../../layers/otel/settings/settings.ts';

describe('settings of the layer', () => {
  it('have defaults that export nothing and keep everything', () => {
    const { settings, faults } = readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SERVICE_NAME: ' ' });
    assert.deepEqual(faults, []);
    assert.deepEqual(settings, {
      serviceName: 'prior-auth-api',
      tracesUrl: undefined,
      headers: {},
      samplingRatio: 1,
      slowRequestMs: 1000,
      flushDeadlineMs: 500,
      flushesAfterResponse: false,
      resourceAttributes: {},
    });
  });

  it('are read from the environment', () => {
    const { settings, faults } = readSettings({
      OTEL_SERVICE_NAME: 'other',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-tenant=a',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_SLOW_REQUEST_MS: '0',
      OTEL_FLUSH_DEADLINE_MS: '200',
      OTEL_LAMBDA_FLUSH: 'after-response',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3,team=a%2Cb',
    });
    assert.deepEqual(faults, []);
    assert.equal(settings.tracesUrl?.href, 'https://collector.example:4318/base/v1/traces');
    assert.equal(settings.flushesAfterResponse, true);
    assert.deepEqual(settings.headers, { authorization: 'Bearer abc', 'x-tenant': 'a' });
    assert.deepEqual(settings.resourceAttributes, { 'service.version': '1.2.3', team: 'a,b' });
    assert.deepEqual(
      [settings.serviceName, settings.samplingRatio, settings.slowRequestMs, settings.flushDeadlineMs],
      ['other', 0.25, 0, 200],
    );
  });

  it('take the service name from OTEL_SERVICE_NAME, else from the resource attributes', () => {
    const fromAttributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' };
    assert.equal(readSettings(fromAttributes).settings.serviceName, 'other');
    assert.equal(readSettings({ ...fromAttributes, OTEL_SERVICE_NAME: 'this' }).settings.serviceName, 'this');
  });

  it('add /v1/traces to the endpoint and refuse one that has it, or that is no address', () => {
    const read = (url: string) => readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    assert.equal(read('http://localhost:4318').settings.tracesUrl?.href, 'http://localhost:4318/v1/traces');
    const refused = {
      'http://localhost:4318/v1/traces': /must be the base URL without \/v1\/traces/,
      'http://localhost:4318/v1/traces/': /must be the base URL without \/v1\/traces/,
      'localhost:4318': /must be an http or https URL/,
      'grpc://localhost:4317': /must be an http or https URL/,
      'http://': /must be an http or https URL/,
      'http://localhost:4318?a=b': /no query/,
      'http://localhost:4318#a': /no fragment/,
    };
    for (const [url, rule] of Object.entries(refused)) {
      const { settings, faults } = read(url);
      assert.equal(settings.tracesUrl, undefined, url);
      assert.equal(faults.length, 1, url);
      assert.match(faults[0]!, rule);
    }
  });

  it('that are invalid are reported together by name and rule, never by value, and count as unset', () => {
    const { settings, faults } = readSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@host/v1/traces',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret%0Asecret',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
      OTEL_SLOW_REQUEST_MS: 'soon-secret',
      OTEL_FLUSH_DEADLINE_MS: '0',
      OTEL_LAMBDA_FLUSH: 'secret',
      OTEL_RESOURCE_ATTRIBUTES: 'secret',
    });
    assert.deepEqual(
      faults.map((fault) => fault.split(' ')[0]),
      [
        'OTEL_RESOURCE_ATTRIBUTES',
        'OTEL_EXPORTER_OTLP_ENDPOINT',
        'OTEL_EXPORTER_OTLP_HEADERS',
        'OTEL_TRACES_SAMPLER_ARG',
        'OTEL_SLOW_REQUEST_MS',
        'OTEL_FLUSH_DEADLINE_MS',
        'OTEL_LAMBDA_FLUSH',
      ],
    );
    assert.doesNotMatch(faults.join(), /secret/);
    assert.deepEqual(settings, readSettings({}).settings);
  });

  it('refuse numbers that are none or out of range', () => {
    for (const text of ['-0.1', '1.1', 'NaN', 'all', 'Infinity', '0,5']) {
      assert.equal(readSettings({ OTEL_TRACES_SAMPLER_ARG: text }).faults.length, 1, text);
    }
    for (const text of ['0', '10001', '-1', '1s']) {
      assert.equal(readSettings({ OTEL_FLUSH_DEADLINE_MS: text }).faults.length, 1, text);
    }
  });

  it('know the safe flush by its name, too', () => {
    const { settings, faults } = readSettings({ OTEL_LAMBDA_FLUSH: 'before-response' });
    assert.deepEqual([settings.flushesAfterResponse, faults], [false, []]);
  });

  it('have one header of each name, in lower case', () => {
    const { settings, faults } = readSettings({ OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=a,authorization=b,HOST=c' });
    assert.deepEqual([settings.headers, faults], [{ authorization: 'b', host: 'c' }, []]);
  });

  it('refuse credentials that are not percent-encoded', () => {
    const { settings, faults } = readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://name:100%@127.0.0.1:4318' });
    assert.equal(settings.tracesUrl, undefined);
    assert.deepEqual(faults, ['OTEL_EXPORTER_OTLP_ENDPOINT must have percent-encoded credentials']);
  });

  it('refuse header names and values that HTTP cannot carry, and what the connection itself says', () => {
    for (const text of ['a%20b=1', 'a%3A=1', 'a=%C3%BC', 'a=%00', 'Content-Length=3', 'transfer-encoding=chunked']) {
      assert.equal(readSettings({ OTEL_EXPORTER_OTLP_HEADERS: text }).faults.length, 1, text);
    }
  });
});

describe('the Lambda environment', () => {
  it('becomes resource attributes, memory in bytes', () => {
    const attributes = readLambdaAttributes({
      AWS_LAMBDA_FUNCTION_NAME: 'submit',
      AWS_LAMBDA_FUNCTION_VERSION: '7',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_REGION: 'eu-central-1',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/22/[$LATEST]abc',
    });
    assert.deepEqual(attributes, {
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'eu-central-1',
      'faas.name': 'submit',
      'faas.version': '7',
      'faas.instance': '2026/11/22/[$LATEST]abc',
      'faas.max_memory': 268_435_456,
    });
  });

  it('gives nothing outside Lambda, and leaves out what is missing', () => {
    assert.deepEqual(readLambdaAttributes({}), {});
    assert.deepEqual(Object.keys(readLambdaAttributes({ AWS_LAMBDA_FUNCTION_NAME: 'submit' })), [
      'cloud.provider',
      'cloud.platform',
      'faas.name',
    ]);
  });

  it('says where the APIs of an execution environment are', (context) => {
    context.onTestFinished(() => {
      delete process.env['AWS_LAMBDA_RUNTIME_API'];
    });
    assert.equal(readRuntimeApi(), undefined);
    process.env['AWS_LAMBDA_RUNTIME_API'] = '127.0.0.1:9001';
    assert.equal(readRuntimeApi(), '127.0.0.1:9001');
  });

  it('is asked for the X-Ray header at each call', (context) => {
    context.onTestFinished(() => {
      delete process.env['_X_AMZN_TRACE_ID'];
    });
    process.env['_X_AMZN_TRACE_ID'] = 'Root=a';
    assert.equal(readXrayHeader(), 'Root=a');
    process.env['_X_AMZN_TRACE_ID'] = 'Root=b';
    assert.equal(readXrayHeader(), 'Root=b');
  });
});
