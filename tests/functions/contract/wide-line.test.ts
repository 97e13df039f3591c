import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, expectTypeOf, test } from 'vitest';
import type * as z from 'zod/mini';
import {
  FIELDS,
  FUNCTION_NAMES,
  NAMESPACE,
  OPERATION_TYPES,
  SERVICE,
  STATUSES,
} from '../../../functions/contract/catalogue.ts';
import * as schemas from '../../../functions/contract/schemas/wide-line.ts';
import {
  encodeLine,
  LEVELS,
  READ_METRICS,
  SUBMIT_METRICS,
  TRACE_FLAGS,
  UNITS,
  type ReadLine,
  type SubmitLine,
  type WideLine,
} from '../../../functions/contract/wide-line.ts';
import { createWriter, type Outcome, type RequestEvent } from '../../../functions/runtime/wide-event.ts';

/** What zod infers has no `readonly`. */
type Plain<T> = T extends object ? { -readonly [Key in keyof T]: Plain<T[Key]> } : T;
/** For tsc: a member that the writer's type and the readers' schema do not have alike does not compile. */
expectTypeOf<Plain<SubmitLine>>().toEqualTypeOf<z.infer<typeof schemas.SubmitLine>>();
expectTypeOf<Plain<ReadLine>>().toEqualTypeOf<z.infer<typeof schemas.ReadLine>>();

const decode = (text: string): WideLine => schemas.WideLine.parse(JSON.parse(text));

const figure = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const whole = fc.nat();
const text = fc.string();
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
const operations = fc.dictionary(fc.constantFrom(...OPERATION_TYPES), whole, { noNullPrototype: true });

/** As JSON.parse makes objects. */
const PLAIN = { noNullPrototype: true };

function emf<Name extends string>(metrics: Readonly<Record<Name, string>>) {
  const names = Object.keys(metrics) as Name[];
  const metric = fc.record({ Name: fc.constantFrom(...names), Unit: fc.constantFrom(...UNITS) }, PLAIN);
  const directive = fc.record(
    { Namespace: fc.constant(NAMESPACE), Dimensions: fc.array(fc.array(text)), Metrics: fc.array(metric) },
    PLAIN,
  );
  return fc.record({ Timestamp: whole, CloudWatchMetrics: fc.array(directive) }, PLAIN);
}

const REQUEST = {
  service: fc.constant(SERVICE),
  level: fc.constantFrom(...LEVELS),
  event_id: fc.uuid(),
  trace_id: hex(16),
  span_id: hex(8),
  trace_flags: fc.constantFrom(...TRACE_FLAGS),
  function_name: fc.constantFrom(...FUNCTION_NAMES),
  route: text,
  http_status: whole,
};
const PERHAPS = { cold_start: fc.constant(true as const), error_type: text, request_id: text };
const IN_SUBMITS = {
  database_operations: operations,
  failed_fields: fc.array(fc.constantFrom(...FIELDS)),
  failed_rules: fc.array(text),
  npi_check_failed: fc.constant(true as const),
  audit_seq: fc.integer({ min: 1 }),
  audit_head: hex(32),
};

const OF_SUBMIT = {
  _aws: emf(SUBMIT_METRICS),
  ...REQUEST,
  status: fc.constantFrom(...STATUSES),
  prior_auth_requests_total: whole,
  prior_auth_request_duration_seconds: figure,
};
const OF_READ = {
  _aws: emf(READ_METRICS),
  ...REQUEST,
  operation_type: fc.constant('read_request' as const),
  prior_auth_database_operations_total: whole,
  duration_ms: figure,
};

const keysOf = <Shape extends object>(shape: Shape) => Object.keys(shape) as (keyof Shape)[];
const submits: fc.Arbitrary<SubmitLine> = fc.record(
  { ...OF_SUBMIT, ...PERHAPS, ...IN_SUBMITS },
  { requiredKeys: keysOf(OF_SUBMIT), noNullPrototype: true },
);
const reads: fc.Arbitrary<ReadLine> = fc.record(
  { ...OF_READ, ...PERHAPS },
  { requiredKeys: keysOf(OF_READ), noNullPrototype: true },
);

const events: fc.Arbitrary<RequestEvent> = fc.record(
  {
    eventId: fc.uuid(),
    operations,
    status: OF_SUBMIT.status,
    requestId: text,
    failedFields: IN_SUBMITS.failed_fields,
    failedRules: IN_SUBMITS.failed_rules,
    npiCheckFailed: fc.boolean(),
    auditSeq: IN_SUBMITS.audit_seq,
    auditHead: IN_SUBMITS.audit_head,
  },
  { requiredKeys: ['eventId', 'operations'] },
);
const outcomes: fc.Arbitrary<Outcome> = fc.record({
  functionName: REQUEST.function_name,
  route: text,
  httpStatus: whole,
  durationMs: fc.double({ min: 0, max: 900_000, noNaN: true }),
  coldStart: fc.boolean(),
  traceId: REQUEST.trace_id,
  spanId: REQUEST.span_id,
  kept: fc.boolean(),
  errorType: fc.option(text, { nil: undefined }),
});

describe('the wide line', () => {
  test('is the same after it was encoded and decoded, whatever is on it', () => {
    fc.assert(fc.property(fc.oneof(submits, reads), (line) => assert.deepEqual(decode(encodeLine(line)), line)));
  });

  test('has no member that its readers do not know, whatever the request was', () => {
    fc.assert(
      fc.property(events, outcomes, (event, outcome) => {
        let written = '';
        createWriter((line) => (written = line))(event, outcome);
        assert.deepEqual(decode(written), JSON.parse(written));
      }),
    );
  });

  test('is one line', () => {
    fc.assert(fc.property(fc.oneof(submits, reads), (line) => assert.match(encodeLine(line), /^[^\n]+\n$/)));
  });
});
