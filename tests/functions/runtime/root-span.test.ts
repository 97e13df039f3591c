import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, test } from 'vitest';
import type { HttpAnswer } from '../../../functions/runtime/http.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { inSpan } from '../../../functions/runtime/span.ts';
import { lambdaContext } from '../../fixtures/http.ts';
import { rejects } from '../../fixtures/rejection.ts';
import { PROBE, served } from '../../fixtures/served.ts';
import { recordSpans } from '../../fixtures/tracing.ts';

const ended = recordSpans();
afterEach(() => void (ended.length = 0));

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const answers = (status: number) => () => Promise.resolve<HttpAnswer>({ status, body: {} });

function onlySpan(): ReadableSpan {
  assert.equal(ended.length, 1, ended.map(({ name }) => name).join());
  return ended[0]!;
}

describe('the root span', () => {
  test('has the attributes of the conventions, route and no path, and nothing else', async () => {
    const lambda = lambdaContext();
    const headers = { 'x-forwarded-proto': 'https', 'user-agent': 'SECRET' };
    const { call, lines } = served(answers(201), { headers });
    const answer = await call(lambda);
    const span = onlySpan();
    assert.deepEqual([span.name, span.kind], ['POST /prior-auth/submit', SpanKind.SERVER]);
    assert.deepEqual(span.attributes, {
      'http.request.method': 'POST',
      'http.route': '/prior-auth/submit',
      'http.response.status_code': 201,
      'url.scheme': 'https',
      'faas.trigger': 'http',
      'faas.invocation_id': lambda.awsRequestId,
      'faas.coldstart': true,
    });
    const { traceId, spanId } = span.spanContext();
    assert.equal(answer.headers['x-trace-id'], traceId);
    assert.deepEqual([lines[0]?.outcome.traceId, lines[0]?.outcome.spanId], [traceId, spanId]);
    await call();
    assert.equal(ended[1]?.attributes['faas.coldstart'], false);
  });

  test('is the child of the caller that sent traceparent, and the parent of what the work does', async () => {
    const work = () => inSpan('submit_prior_auth', {}, answers(200));
    const answer = await served(work, { headers: { traceparent } }).call();
    const [child, root] = ended;
    assert.deepEqual(
      [root?.parentSpanContext?.spanId, child?.parentSpanContext?.spanId],
      [CALLER.spanId, root?.spanContext().spanId],
    );
    assert.equal(answer.headers['x-trace-id'], CALLER.traceId);
    assert.equal(root?.attributes['url.scheme'], 'http');
  });

  test('is over before the line is written', async () => {
    const atWrite: number[] = [];
    const onWrite = () => void atWrite.push(ended.length);
    await served(answers(200), { onWrite }).call();
    assert.deepEqual(atWrite, [1]);
  });

  const away = Object.assign(new Error('SECRET'), { code: 'ECONNREFUSED' });
  const OUTCOMES: [string, () => Promise<HttpAnswer>, number, { isError: boolean; type?: string }][] = [
    ['success', answers(200), 200, { isError: false }],
    ['a refusal', rejects(new Problem(422, { detail: 'SECRET' })), 422, { isError: false }],
    ['a conflict', rejects(new Problem(409)), 409, { isError: false }],
    ['a defect', rejects(new TypeError('SECRET')), 500, { isError: true, type: 'TypeError' }],
    ['an absent database', rejects(away), 503, { isError: true, type: 'ECONNREFUSED' }],
    ['an answered failure', answers(503), 503, { isError: true }],
  ];
  for (const [what, work, status, { isError, type }] of OUTCOMES) {
    test(`of ${what} (${status}) ${isError ? 'has' : 'has no'} error status, and no message`, async () => {
      await served(work).call();
      const span = onlySpan();
      assert.equal(span.attributes['http.response.status_code'], status);
      assert.deepEqual(span.status, { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET });
      assert.equal(span.attributes['error.type'], type);
      assert.deepEqual(span.events, []);
      assert.doesNotMatch(JSON.stringify(span.attributes), /SECRET/);
    });
  }
});

describe('a probe', () => {
  for (const status of [200, 404]) {
    test(`answered with ${status} makes no span`, async () => {
      const { headers } = await served(answers(status), { route: PROBE }).call();
      assert.deepEqual(ended, []);
      assert.match(String(headers['x-trace-id']), /^[0-9a-f]{32}$/);
    });
  }

  test('that fails has a span as long as it took, found by the trace id of its answer', async () => {
    const before = Date.now();
    const fails = async () => {
      await sleep(40);
      throw new Problem(503);
    };
    const { headers, body } = await served(fails, { route: PROBE }).call();
    const after = Date.now();
    const span = onlySpan();
    assert.deepEqual([span.name, span.status], ['GET /health', { code: SpanStatusCode.ERROR }]);
    assert.equal(span.attributes['http.response.status_code'], 503);
    const [start, duration] = [hrTimeToMilliseconds(span.startTime), hrTimeToMilliseconds(span.duration)];
    assert.ok(duration >= 39, `${duration} ms`);
    // Of the wall clock, which tells whole milliseconds, and the monotonic one.
    assert.ok(start >= before - 2 && start + duration <= after + 2, `${before} ${start} ${duration} ${after}`);
    const { traceId } = span.spanContext();
    assert.equal(headers['x-trace-id'], traceId);
    assert.match(body, new RegExp(`"trace_id":"${traceId}"`));
  });

  test('honours traceparent', async () => {
    const { headers } = await served(answers(503), { route: PROBE, headers: { traceparent } }).call();
    assert.equal(onlySpan().parentSpanContext?.spanId, CALLER.spanId);
    assert.equal(headers['x-trace-id'], CALLER.traceId);
  });
});

describe('the layer', () => {
  /** The registered provider with the two methods of the layer's. */
  function asLayer(methods: { endInvocation: () => Promise<void>; isKept: (traceId: string) => boolean }) {
    const delegate = trace.getTracerProvider();
    trace.disable();
    trace.setGlobalTracerProvider({ getTracer: (...args) => delegate.getTracer(...args), ...methods });
  }

  test('is asked after the root is over whether the trace is kept, and flushed before the answer', async (context) => {
    const delegate = trace.getTracerProvider();
    context.onTestFinished(() => {
      trace.disable();
      trace.setGlobalTracerProvider(delegate);
    });
    const order: string[] = [];
    asLayer({
      async endInvocation() {
        await sleep(10);
        order.push('flushed');
      },
      isKept(traceId) {
        order.push(`asked after ${ended.length} span`);
        return traceId === CALLER.traceId;
      },
    });
    const onWrite = () => void order.push('written');
    const { call, lines } = served(answers(200), { headers: { traceparent }, onWrite });
    await call();
    order.push('answered');
    assert.deepEqual(order, ['asked after 1 span', 'written', 'flushed', 'answered']);
    assert.equal(lines[0]?.outcome.kept, true);
  });
});
