import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, test } from 'vitest';
import { createWriter, type Outcome, type RequestEvent } from '../../../functions/runtime/wide-event.ts';
import { captureOutput } from '../../fixtures/output.ts';

const write = createWriter();
const IDS = {
  event_id: randomUUID(),
  trace_id: randomBytes(16).toString('hex'),
  span_id: randomBytes(8).toString('hex'),
};

function event(members: Partial<RequestEvent> = {}): RequestEvent {
  return { eventId: IDS.event_id, operations: {}, ...members };
}

function outcome(members: Partial<Outcome> = {}): Outcome {
  return {
    functionName: 'submit',
    route: 'POST /prior-auth/submit',
    httpStatus: 201,
    durationMs: 12.3456,
    coldStart: false,
    traceId: IDS.trace_id,
    spanId: IDS.span_id,
    kept: true,
    errorType: undefined,
    ...members,
  };
}

const SUBMITTED = event({
  status: 'success',
  requestId: 'PA-00001',
  operations: {
    read_idempotency_key: 1,
    generate_request_id: 1,
    insert_request: 1,
    insert_audit_event: 3,
    insert_idempotency_key: 1,
  },
  npiCheckFailed: true,
  auditHead: 'ab'.repeat(32),
});

/** The one line that is written, and what is on it without its timestamp. */
function lineOf(...written: Parameters<typeof write>): { text: string; members: Record<string, unknown> } {
  const before = Date.now();
  const lines = captureOutput(() => write(...written));
  assert.equal(lines.length, 1, lines.join('\n'));
  const [text = ''] = lines;
  const { _aws, ...members } = JSON.parse(text) as Record<string, unknown> & { _aws: Record<string, unknown> };
  const { Timestamp, ...directives } = _aws;
  assert.ok(Number(Timestamp) >= before && Number(Timestamp) <= Date.now());
  return { text, members: { ...directives, ...members } };
}

const SUBMIT_DIRECTIVE = {
  Namespace: 'PriorAuth',
  Dimensions: [['service', 'status']],
  Metrics: [
    { Name: 'prior_auth_requests_total', Unit: 'Count' },
    { Name: 'prior_auth_request_duration_seconds', Unit: 'Seconds' },
  ],
};
const SUBMIT_HEAD = {
  CloudWatchMetrics: [SUBMIT_DIRECTIVE],
  service: 'prior-auth-api',
  prior_auth_requests_total: 1,
  prior_auth_request_duration_seconds: 0.012346,
  ...IDS,
  trace_flags: '01',
  function_name: 'submit',
  route: 'POST /prior-auth/submit',
};

describe('the line of a request', () => {
  test('that was stored is its metrics, its log line and the witness of its audit chain', () => {
    assert.deepEqual(lineOf(SUBMITTED, outcome()).members, {
      ...SUBMIT_HEAD,
      status: 'success',
      level: 'INFO',
      http_status: 201,
      request_id: 'PA-00001',
      database_operations: SUBMITTED.operations,
      npi_check_failed: true,
      audit_head: SUBMITTED.auditHead,
    });
  });

  test('is the line that Powertools for AWS Lambda would write', () => {
    const { members, text } = lineOf(SUBMITTED, outcome());
    const metrics = new Metrics({ namespace: 'PriorAuth', serviceName: 'prior-auth-api' });
    const [theirs = ''] = captureOutput(() => {
      metrics.addDimension('status', 'success');
      metrics.addMetric('prior_auth_requests_total', MetricUnit.Count, 1);
      metrics.addMetric('prior_auth_request_duration_seconds', MetricUnit.Seconds, 0.012346);
      for (const [name, value] of Object.entries(members)) {
        if (!/^(CloudWatchMetrics|service|status|prior_auth_requests?_.*)$/.test(name))
          metrics.addMetadata(name, value as string);
      }
      metrics.publishStoredMetrics();
    });
    const withoutTime = (line: string) => line.replace(/"Timestamp":\d+/, '"Timestamp":0');
    assert.deepEqual(JSON.parse(withoutTime(text)), JSON.parse(withoutTime(theirs)));
  });

  test('that was refused names fields and rules', () => {
    const refused = event({ status: 'validation_error', failedFields: ['provider_npi'], failedRules: ['ten_digits'] });
    assert.deepEqual(lineOf(refused, outcome({ httpStatus: 422, kept: false })).members, {
      ...SUBMIT_HEAD,
      trace_flags: '00',
      status: 'validation_error',
      level: 'INFO',
      http_status: 422,
      failed_fields: ['provider_npi'],
      failed_rules: ['ten_digits'],
    });
  });

  test('that failed has level ERROR and the type of the error, and says that the start was cold', () => {
    const failed = outcome({ httpStatus: 503, errorType: 'ECONNREFUSED', coldStart: true });
    assert.deepEqual(lineOf(event({ status: 'error' }), failed).members, {
      ...SUBMIT_HEAD,
      status: 'error',
      level: 'ERROR',
      http_status: 503,
      error_type: 'ECONNREFUSED',
      cold_start: true,
    });
  });

  test('that was a read counts the operation and tells its duration in milliseconds', () => {
    const read = outcome({ functionName: 'status', route: 'GET /prior-auth/{request_id}', httpStatus: 200 });
    assert.deepEqual(lineOf(event({ operations: { read_request: 1 }, requestId: 'PA-00001' }), read).members, {
      CloudWatchMetrics: [
        {
          Namespace: 'PriorAuth',
          Dimensions: [['service', 'operation_type']],
          Metrics: [{ Name: 'prior_auth_database_operations_total', Unit: 'Count' }],
        },
      ],
      service: 'prior-auth-api',
      operation_type: 'read_request',
      prior_auth_database_operations_total: 1,
      ...IDS,
      trace_flags: '01',
      level: 'INFO',
      function_name: 'status',
      route: 'GET /prior-auth/{request_id}',
      http_status: 200,
      duration_ms: 12.346,
      request_id: 'PA-00001',
    });
  });

  test('that read nothing counts none', () => {
    const { members } = lineOf(event(), outcome({ functionName: 'status', httpStatus: 404 }));
    assert.equal(members['prior_auth_database_operations_total'], 0);
    assert.equal(members['request_id'], undefined);
  });

  test('holds nothing of the request before it', () => {
    const plain = lineOf(event({ status: 'conflict' }), outcome({ httpStatus: 409 })).members;
    lineOf(SUBMITTED, outcome({ coldStart: true, errorType: 'x' }));
    assert.deepEqual(lineOf(event({ status: 'conflict' }), outcome({ httpStatus: 409 })).members, plain);
  });

  test('takes under 1,000 bytes for a success, with a key, a wrong check digit and a cold start', () => {
    const large = { ...SUBMITTED, requestId: 'PA-999999999' };
    const { text } = lineOf(large, outcome({ coldStart: true, durationMs: 2053.123456 }));
    assert.ok(Buffer.byteLength(`${text}\n`) < 1000, `${Buffer.byteLength(text)} bytes`);
  });

  test('can hold nothing of a body: what is not on the list of members is not written', () => {
    const body = { member_id: 'SECRET', body: { member_id: 'SECRET' }, detail: 'SECRET', message: 'SECRET' };
    const { text, members } = lineOf({ ...SUBMITTED, ...body }, { ...outcome(), ...body });
    assert.doesNotMatch(text, /SECRET/);
    assert.deepEqual(members, lineOf(SUBMITTED, outcome()).members);
  });
});
