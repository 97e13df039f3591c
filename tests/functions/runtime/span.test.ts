import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'vitest';
import { Problem } from '../../../functions/runtime/problem.ts';
import { databaseCall, inDatabaseSpan, inSpan, typeOf } from '../../../functions/runtime/span.ts';
import { recordSpans } from '../../fixtures/tracing.ts';

const ended = recordSpans();
afterEach(() => void (ended.length = 0));

const withCode = (code: unknown) => Object.assign(new TypeError('SECRET'), { code });

describe('a span around work', () => {
  test('gives back what the work gives, and is the parent of spans within it', async () => {
    const result = await inSpan('submit_prior_auth', { delay_ms: 7 }, () => inSpan('validate_npi', {}, () => 7));
    assert.equal(result, 7);
    const [inner, outer] = ended;
    assert.deepEqual(
      [outer?.name, outer?.kind, outer?.attributes],
      ['submit_prior_auth', SpanKind.INTERNAL, { delay_ms: 7 }],
    );
    assert.equal(inner?.parentSpanContext?.spanId, outer?.spanContext().spanId);
  });

  test('of a database call has kind CLIENT and the db attributes, without the statement', async () => {
    const call = databaseCall('INSERT', 'prior_auth_requests');
    await inDatabaseSpan('database_insert', call, () => Promise.resolve());
    assert.equal(ended[0]?.kind, SpanKind.CLIENT);
    assert.deepEqual(ended[0].attributes, {
      'db.system.name': 'postgresql',
      'db.operation.name': 'INSERT',
      'db.collection.name': 'prior_auth_requests',
      'db.query.summary': 'INSERT prior_auth_requests',
    });
  });

  const FAILURES: [string, () => never, string | undefined][] = [
    ['an error is marked with its code', () => raise(withCode('23505')), '23505'],
    ['a 503 is marked', () => raise(new Problem(503)), '503'],
    ['a fault of the client is not marked', () => raise(new Problem(422)), undefined],
  ];
  for (const [what, work, type] of FAILURES) {
    test(`that ends by ${what}, never by its message, and the error rises`, async () => {
      await assert.rejects(inSpan('validate_npi', {}, work));
      const [span] = ended;
      assert.deepEqual(span?.status, { code: type === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR });
      assert.equal(span.attributes['error.type'], type);
      assert.doesNotMatch(JSON.stringify([span.attributes, span.events, span.status]), /SECRET/);
    });
  }
});

function raise(error: unknown): never {
  throw error;
}

describe('the type of an error', () => {
  const TYPES: [string, unknown, string][] = [
    ['is its code', withCode('ECONNREFUSED'), 'ECONNREFUSED'],
    ['is its class where the code is no text', withCode(7), 'TypeError'],
    ['is its class without a code', new RangeError('SECRET'), 'RangeError'],
    ['is the status of a problem', new Problem(504), '504'],
    ['is the code of what caused a problem', new Problem(503, { cause: withCode('57P01') }), '57P01'],
    [
      'is the class of what caused a problem, where that has no code',
      new Problem(500, { cause: new TypeError() }),
      'TypeError',
    ],
    ['is _OTHER for what is no error', 'SECRET', '_OTHER'],
    ['is _OTHER for nothing', undefined, '_OTHER'],
  ];
  for (const [what, error, type] of TYPES) test(what, () => assert.equal(typeOf(error), type));
});
