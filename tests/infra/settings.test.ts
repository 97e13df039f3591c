import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ContextError, readSettings } from '../../infra/settings.ts';

const ISSUER = { issuer: 'https://tokens.example.com', audience: 'prior-auth' };

/** The message about a context, '' for a good one. */
function refusal(context: Record<string, unknown>): string {
  try {
    readSettings({ stage: 'sandbox', ...context });
    return '';
  } catch (error) {
    assert.ok(error instanceof ContextError);
    return error.message.replace('Invalid context: ', '');
  }
}

test('a sandbox needs nothing but its name', () => {
  assert.deepEqual(readSettings({ stage: 'sandbox' }), {
    stage: 'sandbox',
    tokens: undefined,
    otlp: 'jaeger',
    tracesRatio: 1,
    concurrency: 50,
    throttle: { rate: 50, burst: 100 },
    capacity: { least: 0.5, most: 2 },
    storage: 'standard',
    alarmEmail: undefined,
  });
});

test('what the command line gives as text becomes what it means', () => {
  const settings = readSettings({
    stage: 'production',
    issuer: 'https://tokens.example.com/',
    audience: 'one, other',
    otlp: 'https://otlp.example.com',
    'traces-ratio': '0.05',
    concurrency: '800',
    rate: '1000',
    burst: '2000',
    'min-capacity': '0',
    'max-capacity': '32.5',
    storage: 'io-optimized',
    'alarm-email': 'on-call@example.com',
  });
  assert.deepEqual(settings, {
    stage: 'production',
    tokens: { issuer: 'https://tokens.example.com/', audience: ['one', 'other'] },
    otlp: new URL('https://otlp.example.com'),
    tracesRatio: 0.05,
    concurrency: 800,
    throttle: { rate: 1000, burst: 2000 },
    capacity: { least: 0, most: 32.5 },
    storage: 'io-optimized',
    alarmEmail: 'on-call@example.com',
  });
});

test('an empty value counts as none, and names of the CDK’s own are none of ours', () => {
  const context = {
    stage: 'sandbox',
    audience: '',
    'aws:cdk:bundling-stacks': ['**'],
    '@aws-cdk/core:flag': true,
    'cli-telemetry': false,
  };
  assert.equal(readSettings(context).tokens, undefined);
});

test('concurrency can be left to the account in a sandbox alone', () => {
  assert.equal(readSettings({ stage: 'sandbox', concurrency: 'none' }).concurrency, undefined);
  assert.match(refusal({ stage: 'production', concurrency: 'none' }), /^concurrency must be a number in production/);
});

test('all faults are told at once, an unknown name with those that are known', () => {
  const faults = refusal({ stage: 'staging', rate: '0', stagee: 'sandbox' });
  assert.match(faults, /^stagee is unknown; known are stage, issuer, audience, /);
  assert.match(faults, /; stage must be one of sandbox, production; rate /);
});

test('a stage is needed, and each value is held against its rule', () => {
  assert.equal(refusal({ stage: undefined }), 'stage is not set');
  assert.equal(refusal({ ...ISSUER, issuer: 'http://tokens.example.com' }), 'issuer must be an https URL');
  assert.equal(refusal({ otlp: 'grpc://x' }), 'otlp must be jaeger, off or an http(s) URL');
  assert.equal(refusal({ concurrency: '11' }), 'concurrency must be none or at least 12');
  assert.equal(refusal({ 'max-capacity': '1.3' }), 'max-capacity must be a multiple of 0.5');
  assert.equal(refusal({ 'alarm-email': 'nobody' }), 'alarm-email must be an e-mail address');
  assert.notEqual(refusal({ 'traces-ratio': '1.1' }), '');
  assert.equal(refusal({ burst: 'many' }), 'burst must be a whole number from 1');
  assert.equal(refusal({ burst: '1.5' }), 'burst must be a whole number from 1');
  assert.notEqual(refusal({ 'min-capacity': '-1' }), '');
  assert.equal(refusal({ storage: 'gp3' }), 'storage must be one of standard, io-optimized');
});

test('what contradicts itself is refused', () => {
  const together = 'issuer and audience go together: one says who signs a token, the other for whom';
  assert.equal(refusal({ issuer: ISSUER.issuer }), together);
  assert.equal(refusal({ audience: ISSUER.audience }), together);
  assert.equal(refusal(ISSUER), '');
  const capacity = 'max-capacity must be at least 1, and at least min-capacity';
  assert.equal(refusal({ 'min-capacity': '3' }), capacity);
  assert.equal(refusal({ 'min-capacity': '0', 'max-capacity': '0.5', concurrency: 'none' }), capacity);
});

test('a collector’s URL is a base URL that holds no secret', () => {
  const url = 'https://otlp.example.com';
  for (const bad of [
    'https://user:key@otlp.example.com',
    'https://key@otlp.example.com',
    `${url}/?key=1`,
    `${url}/#key`,
  ]) {
    assert.match(refusal({ otlp: bad }), /^otlp must be a base URL, without credentials/);
  }
  assert.match(refusal({ otlp: `${url}/v1/traces` }), /^otlp must be a base URL/);
  for (const good of [url, `${url}:4318`, `${url}/tenant/`]) assert.equal(refusal({ otlp: good }), '');
});

test('no more executions are reserved than the database has connections', () => {
  assert.equal(refusal({ concurrency: '358' }), '');
  assert.equal(
    refusal({ concurrency: '359' }),
    'concurrency 359 is more than the 358 connections of a database of 2 units',
  );
  assert.equal(refusal({ concurrency: '359', 'max-capacity': '4' }), '');
});
