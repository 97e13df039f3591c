import assert from 'node:assert/strict';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  FIELDS,
  FUNCTION_NAMES,
  NAMESPACE,
  OPERATION_TYPES,
  SERVICE,
  STATUSES,
} from '../../../functions/contract/catalogue.ts';
import { decode, type LogLine } from '../../../functions/series/emf.ts';
import { Refusal } from '../../../functions/series/refusal.ts';
import { aws, statusLine, submitLine, type WideLine } from '../../fixtures/wide-line.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;

function source(message: unknown): LogLine {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return { owner: '1', logGroup: 'g', logStream: 's', id: '7', message: text };
}

function at(timestamp: number, line: WideLine): WideLine {
  return { ...line, _aws: { ...(line['_aws'] as object), Timestamp: timestamp } };
}

function reasonFor(message: unknown): string {
  try {
    decode(source(message), NOW);
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
  return 'none';
}

const submit = (members: WideLine = {}) => at(NOW, submitLine(members));

describe('decoding an EMF line', () => {
  it('reads the metrics of the dimensions and the counters of the members of one wide line', () => {
    const line = submit({ cold_start: true, npi_check_failed: true, event_id: 'A0000000-0000-4000-8000-000000000001' });
    const event = decode(source(line), NOW);
    assert.equal(event?.id, 'a0000000-0000-4000-8000-000000000001');
    assert.deepEqual(event.days, ['2026-11-22']);
    const labels = { status: 'success' };
    const exemplar = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', at: NOW };
    assert.deepEqual(event.samples, [
      { metric: 'prior_auth_requests_total', labels, value: 1, times: 1, exemplar },
      { metric: 'prior_auth_request_duration_seconds', labels, value: 0.0123, times: 1, exemplar },
      { metric: 'prior_auth_database_operations_total', labels: { operation_type: 'generate_request_id' }, value: 1 },
      { metric: 'prior_auth_database_operations_total', labels: { operation_type: 'insert_request' }, value: 1 },
      { metric: 'prior_auth_database_operations_total', labels: { operation_type: 'insert_audit_event' }, value: 3 },
      { metric: 'prior_auth_cold_starts_total', labels: { function_name: 'submit' }, value: 1 },
      { metric: 'prior_auth_npi_check_failures_total', labels: {}, value: 1 },
    ]);
  });

  it('counts a field once however many of its rules failed', () => {
    const event = decode(source(submit({ failed_fields: ['body', 'provider_npi', 'body'] })), NOW);
    const failures = event?.samples.filter((sample) => sample.metric === 'prior_auth_validation_failures_total');
    assert.deepEqual(
      failures?.map((sample) => sample.labels),
      [{ field: 'body' }, { field: 'provider_npi' }],
    );
  });

  it('reads the line of a read', () => {
    const samples = decode(source(at(NOW, statusLine())), NOW)?.samples;
    const labels = { operation_type: 'read_request' };
    assert.deepEqual(samples, [
      { metric: 'prior_auth_database_operations_total', labels, value: 1, times: 1, exemplar: undefined },
    ]);
  });

  it('reads what Powertools writes', () => {
    const metrics = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE });
    metrics.addDimension('status', 'replayed');
    metrics.addMetric('prior_auth_requests_total', MetricUnit.Count, 1);
    metrics.addMetric('prior_auth_request_duration_seconds', MetricUnit.Seconds, 0.25);
    metrics.addMetric('prior_auth_request_duration_seconds', MetricUnit.Seconds, 0.5);
    const samples = decode(source(at(NOW, { ...metrics.serializeMetrics() })), NOW)?.samples;
    const labels = { status: 'replayed' };
    assert.deepEqual(samples, [
      { metric: 'prior_auth_requests_total', labels, value: 1, times: 1, exemplar: undefined },
      { metric: 'prior_auth_request_duration_seconds', labels, value: 0.25, times: 1, exemplar: undefined },
      { metric: 'prior_auth_request_duration_seconds', labels, value: 0.5, times: 1, exemplar: undefined },
    ]);
  });

  it('reads a number, an array of numbers and a statistic set', () => {
    const values = (value: unknown) =>
      decode(source(submit({ prior_auth_request_duration_seconds: value })), NOW)
        ?.samples.filter((sample) => sample.metric === 'prior_auth_request_duration_seconds')
        .map((sample) => [sample.value, sample.times]);
    assert.deepEqual(values(0.5), [[0.5, 1]]);
    assert.deepEqual(values([0.5, 0.25, 0.5]), [
      [0.5, 1],
      [0.25, 1],
      [0.5, 1],
    ]);
    assert.deepEqual(values({ Values: [0.5, 2], Counts: [3, 1], Min: 0.5, Max: 2 }), [
      [0.5, 3],
      [2, 1],
    ]);
  });

  it('ignores what is not an EMF line of its namespace', () => {
    const theirs = { Namespace: 'Other', Dimensions: [['host']], Metrics: [{ Name: 'requests' }] };
    const other = { _aws: { Timestamp: NOW, CloudWatchMetrics: [theirs] } };
    const lines = [
      'START RequestId: 1',
      '',
      '{"level":"INFO"}',
      '{"_aws":',
      { ...other, mentions: NAMESPACE },
      '"PriorAuth"',
    ];
    for (const line of lines) assert.equal(decode(source(line), NOW), undefined, JSON.stringify(line));
  });

  it('knows a line without an event id by its place in the log', () => {
    const line = submit({ event_id: undefined });
    const first = decode(source(line), NOW)?.id ?? '';
    assert.match(first, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(decode(source(line), NOW)?.id, first);
    for (const place of [{ owner: '2' }, { logGroup: 'h' }, { logStream: 't' }, { id: '8' }]) {
      assert.notEqual(decode({ ...source(line), ...place }, NOW)?.id, first, JSON.stringify(place));
    }
  });

  it('takes an exemplar only from a trace that was kept', () => {
    const exemplars = (members: WideLine) =>
      decode(source(submit(members)), NOW)?.samples.filter((sample) => sample.exemplar !== undefined).length;
    assert.equal(exemplars({}), 2);
    assert.equal(exemplars({ trace_flags: '00' }), 0);
    assert.equal(exemplars({ trace_flags: undefined }), 0);
    assert.equal(exemplars({ trace_id: '0'.repeat(32) }), 0);
    assert.equal(exemplars({ trace_id: 'M12345' }), 0);
    assert.equal(exemplars({ trace_id: undefined }), 0);
  });

  it('remembers an event under the UTC day of its own time, within bounds', () => {
    assert.deepEqual(decode(source(at(NOW - 21 * DAY_MS, submit())), NOW)?.days, ['2026-11-01']);
    assert.deepEqual(decode(source(at(NOW + DAY_MS, submit())), NOW)?.days, ['2026-11-23']);
    assert.equal(reasonFor(at(NOW - 21 * DAY_MS - 1, submit())), 'event_too_old');
    assert.equal(reasonFor(at(NOW + DAY_MS + 1, submit())), 'event_in_the_future');
  });
});

describe('a broken line of the namespace is refused with a reason and no value', () => {
  const duration = (value: unknown) => submit({ prior_auth_request_duration_seconds: value });
  const requests = (value: unknown) => submit({ prior_auth_requests_total: value });
  const withMetric = (dimensions: string[], name: string) => ({
    ...submit(),
    ...aws(dimensions, { [name]: 'Count' }, NOW),
  });
  const cases: readonly [string, unknown, string][] = [
    ['cut off', JSON.stringify(submit()).slice(0, -1), 'line_not_json'],
    [
      'no time',
      { _aws: { CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [], Metrics: [] }] } },
      'line_malformed',
    ],
    ['a time that is text', { ...submit(), _aws: { Timestamp: 'M12345', Namespace: NAMESPACE } }, 'line_malformed'],
    [
      'metrics without names',
      { _aws: { Timestamp: NOW, CloudWatchMetrics: [{ Namespace: NAMESPACE, Metrics: [0] }] } },
      'line_malformed',
    ],
    ['an id that is no UUID', submit({ event_id: 'M12345' }), 'event_id_not_a_uuid'],
    ['a metric that is not in the catalogue', withMetric(['service'], 'prior_auth_other_total'), 'metric_unknown'],
    ['a metric named like a member of Object', withMetric(['service'], 'constructor'), 'metric_unknown'],
    [
      'a metric of the bridge itself',
      withMetric(['service', 'outcome'], 'prior_auth_bridge_events_total'),
      'metric_unknown',
    ],
    [
      'a metric named twice',
      {
        ...submit(),
        _aws: {
          Timestamp: NOW,
          CloudWatchMetrics: [1, 2].map(() => ({
            Namespace: NAMESPACE,
            Dimensions: [['service', 'status']],
            Metrics: [{ Name: 'prior_auth_requests_total' }],
          })),
        },
      },
      'metric_unknown',
    ],
    ['a label value outside the list', submit({ status: 'M12345' }), 'labels_unknown'],
    ['a label that is no text', submit({ status: 1 }), 'labels_unknown'],
    [
      'a dimension that is no label of the metric',
      withMetric(['service', 'status', 'member_id'], 'prior_auth_requests_total'),
      'labels_unknown',
    ],
    ['a label that is no dimension', withMetric(['service'], 'prior_auth_requests_total'), 'labels_unknown'],
    [
      'a dimension named like a member of Object',
      { ...withMetric(['service', 'status', 'constructor'], 'prior_auth_requests_total'), constructor: 'x' },
      'labels_unknown',
    ],
    ['a value that is missing', requests(undefined), 'value_invalid'],
    ['a value that is text', requests('1'), 'value_invalid'],
    ['NaN', JSON.stringify(duration(7)).replace(':7,', ':NaN,'), 'line_not_json'],
    ['infinity', JSON.stringify(duration(7)).replace(':7,', ':1e999,'), 'value_invalid'],
    ['a negative duration', duration(-0.001), 'value_invalid'],
    ['a negative count', requests(-1), 'value_invalid'],
    ['half a request', requests(0.5), 'value_invalid'],
    ['a count that would overflow in time', requests(1e15), 'value_invalid'],
    ['a duration longer than Lambda allows', duration(901), 'value_invalid'],
    ['a negative number in an array', duration([0.1, -1]), 'value_invalid'],
    ['more values than EMF allows', duration(Array(101).fill(0.1)), 'value_invalid'],
    ['a statistic set without values', duration({ Min: 0, Max: 1, Sum: 1, Count: 2 }), 'value_invalid'],
    ['a statistic set of unequal lengths', duration({ Values: [1, 2], Counts: [1] }), 'value_invalid'],
    ['a statistic set with a count too many', duration({ Values: [1], Counts: [1, 2] }), 'value_invalid'],
    ['a fractional count in a statistic set', duration({ Values: [1], Counts: [0.5] }), 'value_invalid'],
    ['a zero count in a statistic set', duration({ Values: [1], Counts: [0] }), 'value_invalid'],
    ['an unknown operation', submit({ database_operations: { drop_table: 1 } }), 'member_invalid'],
    ['a negative number of operations', submit({ database_operations: { insert_request: -1 } }), 'member_invalid'],
    ['an unknown field', submit({ failed_fields: ['M12345'] }), 'member_invalid'],
    ['a cold start of nobody', submit({ cold_start: true, function_name: undefined }), 'member_invalid'],
    ['a cold start of an unknown function', submit({ cold_start: true, function_name: 'M12345' }), 'member_invalid'],
    ['an npi_check_failed that is text', submit({ npi_check_failed: 'yes' }), 'member_invalid'],
  ];
  for (const [what, message, reason] of cases) it(what, () => assert.equal(reasonFor(message), reason));
});

it('decoding is the inverse of encoding', () => {
  const facts = fc.record({
    status: fc.constantFrom(...STATUSES),
    duration: fc.integer({ min: 0, max: 900_000_000 }).map((microseconds) => microseconds / 1e6),
    operations: fc.dictionary(fc.constantFrom(...OPERATION_TYPES), fc.integer({ min: 0, max: 1_000_000 })),
    fields: fc.uniqueArray(fc.constantFrom(...FIELDS)),
    coldStart: fc.option(fc.constantFrom(...FUNCTION_NAMES)),
    npiCheckFailed: fc.boolean(),
    eventId: fc.uuid(),
  });
  fc.assert(
    fc.property(facts, ({ status, duration, operations, fields, coldStart, npiCheckFailed, eventId }) => {
      const line = submit({
        status,
        prior_auth_request_duration_seconds: duration,
        event_id: eventId,
        database_operations: operations,
        failed_fields: fields,
        cold_start: coldStart !== null || undefined,
        function_name: coldStart ?? 'submit',
        npi_check_failed: npiCheckFailed,
      });
      const event = decode(source(line), NOW);
      const found = (metric: string) => event?.samples.filter((sample) => sample.metric === metric) ?? [];
      assert.equal(event?.id, eventId);
      assert.deepEqual(
        found('prior_auth_requests_total').map(({ labels, value }) => [labels, value]),
        [[{ status }, 1]],
      );
      assert.deepEqual(
        found('prior_auth_request_duration_seconds').map(({ value }) => value),
        [duration],
      );
      const counted = found('prior_auth_database_operations_total').map(({ labels, value }) => [
        labels['operation_type'],
        value,
      ]);
      assert.deepEqual(Object.fromEntries(counted), { ...operations });
      assert.deepEqual(
        found('prior_auth_validation_failures_total').map(({ labels }) => labels['field']),
        fields,
      );
      assert.deepEqual(
        found('prior_auth_cold_starts_total').map(({ labels }) => labels['function_name']),
        coldStart ? [coldStart] : [],
      );
      assert.equal(found('prior_auth_npi_check_failures_total').length, npiCheckFailed ? 1 : 0);
    }),
  );
});
