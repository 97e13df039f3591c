/** local/monitoring/collector/collector.yaml has the contract’s lists once more, in the collector’s own language. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { FIELDS } from '../../../../functions/contract/catalogue.ts';
import { ATTRIBUTES } from '../../../../functions/contract/attributes.ts';
import { SCOPES, SPAN_NAMES } from '../../../../functions/contract/spans.ts';
import { isAllowed } from '../../../../layers/otel/redaction/allow-list.ts';
import { resourceOf } from '../../../../layers/otel/export/resource.ts';
import { readLambdaAttributes } from '../../../../layers/otel/settings/settings.ts';
import { ROOT } from '../../../../local/machine/settings.ts';
import { ALLOWED_ATTRIBUTES } from '../../../fixtures/allowed-attributes.ts';

const Group = z.object({ context: z.string(), statements: z.array(z.string()) });
const Collector = z.object({
  processors: z.object({
    'filter/allow-list': z.object({ error_mode: z.string(), trace_conditions: z.array(z.string()) }),
    'transform/allow-list': z.object({ error_mode: z.string(), trace_statements: z.array(Group) }),
  }),
  service: z.object({
    pipelines: z.object({ traces: z.object({ processors: z.array(z.string()), exporters: z.array(z.string()) }) }),
  }),
});

const { processors, service } = Collector.parse(
  parse(readFileSync(join(ROOT, 'local', 'monitoring', 'collector', 'collector.yaml'), 'utf8')),
);
const transform = processors['transform/allow-list'];

function statementsOf(context: string): string[] {
  return transform.trace_statements
    .filter((group) => group.context === context)
    .flatMap(({ statements }) => statements);
}

/** The keys that stay of a map, as `keep_keys(span.attributes, ["a", "b"])` says. */
function keptKeys(context: string): string[] {
  const kept = statementsOf(context).flatMap((one) => /^keep_keys\(\w+\.attributes, (\[.*\])\)$/.exec(one)?.[1] ?? []);
  assert.equal(kept.length, 1, `${context} has not one list of keys`);
  return z.array(z.string()).parse(JSON.parse(kept[0]!));
}

/** The pattern of each value, as `delete_key(x, "a") where not IsMatch(x["a"], "pattern")` says. */
function patternsOf(context: string): Map<string, RegExp> {
  const form = /^delete_key\((\w+\.attributes), "([^"]+)"\) where not IsMatch\(\1\["\2"\], "(\^.*\$)"\)$/;
  const rules = statementsOf(context).flatMap((one) => {
    const [, , key = '', pattern = ''] = form.exec(one) ?? [];
    return key === '' ? [] : [[key, new RegExp(z.string().parse(JSON.parse(`"${pattern}"`)))] as const];
  });
  return new Map(rules);
}

/** The one pattern that a name must have: `set(x.name, "redacted") where not IsMatch(x.name, "pattern")`. */
function namePattern(context: string): RegExp {
  const form = /^set\((\w+\.name), "redacted"\) where not IsMatch\(\1, "(\^.*\$)"\)$/;
  const [pattern = ''] = statementsOf(context).flatMap((one) => form.exec(one)?.[2] ?? []);
  assert.notEqual(pattern, '');
  return new RegExp(pattern);
}

/** What IsMatch reads of a value: text as it is, anything else as JSON. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const PHI = [
  'M12345',
  '1234567890',
  'Z00.00',
  'DIABETES of the patient',
  'lumbar spine surgery',
  '/prior-auth/M12345',
  'x@y.z',
];

describe('the allow-list of the collector', () => {
  test('is in the way of every span, and closed when it fails', () => {
    const order = service.pipelines.traces.processors;
    assert.deepEqual(order, ['memory_limiter', 'filter/allow-list', 'transform/allow-list', 'batch']);
    assert.deepEqual([processors['filter/allow-list'].error_mode, transform.error_mode], ['propagate', 'propagate']);
  });

  test('has the names of spans and scopes that the layer has', () => {
    for (const [context, names] of [
      ['span', SPAN_NAMES],
      ['scope', SCOPES],
    ] as const) {
      const pattern = namePattern(context);
      for (const name of names) assert.match(name, pattern);
      const listed = /^\^\(\?:(.*)\)\$$/.exec(pattern.source.replaceAll('\\/', '/'))?.[1] ?? '';
      assert.deepEqual(
        listed
          .replaceAll(/\[([{}])\]/g, '$1')
          .split('|')
          .sort(),
        [...names].sort(),
      );
      for (const text of [...PHI, `${[...names][0]} `, '']) assert.doesNotMatch(text, pattern);
    }
  });

  test('has the attributes of spans that the layer has, each with a rule for its value', () => {
    assert.deepEqual(keptKeys('span'), Object.keys(ATTRIBUTES));
    assert.deepEqual([...patternsOf('span').keys()], Object.keys(ATTRIBUTES));
    assert.deepEqual(Object.keys(ALLOWED_ATTRIBUTES), Object.keys(ATTRIBUTES));
  });

  test('lets through every value that this service sends', () => {
    const sent: [string, unknown][] = [
      ...Object.entries(ALLOWED_ATTRIBUTES),
      ['http.request.method', 'GET'],
      ...['/prior-auth/submit', '/health', '/metrics'].map((route): [string, string] => ['http.route', route]),
      ...[100, 404, 599].map((status): [string, number] => ['http.response.status_code', status]),
      ['url.scheme', 'http'],
      ...['timer', 'pubsub', 'datasource', 'other'].map((trigger): [string, string] => ['faas.trigger', trigger]),
      ['db.operation.name', 'SELECT'],
      ['db.collection.name', 'prior_auth_request_id_seq'],
      ['db.query.summary', 'SELECT prior_auth_request_id_seq'],
      ...['57014', '08006', 'XX000', 'P0001'].flatMap((code): [string, string][] => [
        ['db.response.status_code', code],
        ['error.type', code],
      ]),
      ...['_OTHER', '504', 'Error', 'Problem', 'PostgresError', 'ECONNREFUSED', 'CONNECT_TIMEOUT'].flatMap(
        (type): [string, string][] => [
          ['error.type', type],
          ['exception.type', type],
        ],
      ),
      ['prior_auth.request_id', 'PA-100000'],
      ['prior_auth.npi.check_digit', 'valid'],
      ['prior_auth.idempotent_replay', true],
      ['prior_auth.failed_fields', FIELDS],
      ['prior_auth.failed_fields', []],
    ];
    const patterns = patternsOf('span');
    for (const [key, value] of sent) {
      assert.equal(isAllowed(key, value), true, `the layer removes ${key}: ${asText(value)}`);
      assert.match(asText(value), patterns.get(key)!, key);
    }
  });

  test('removes what a patient could be known by, whichever attribute it is in', () => {
    for (const [key, pattern] of patternsOf('span')) {
      for (const text of PHI) {
        assert.doesNotMatch(text, pattern, key);
        assert.doesNotMatch(JSON.stringify([text]), pattern, key);
      }
    }
  });

  test('keeps of an event its type, and of events exceptions', () => {
    assert.deepEqual(keptKeys('spanevent'), ['exception.type']);
    assert.deepEqual(patternsOf('spanevent').get('exception.type'), patternsOf('span').get('exception.type'));
    assert.ok(processors['filter/allow-list'].trace_conditions.includes('spanevent.name != "exception"'));
  });

  test('empties what is free text, and drops spans with links, whose attributes it cannot reach', () => {
    const statements = transform.trace_statements.flatMap((group) => group.statements);
    for (const path of [
      'span.status.message',
      'span.trace_state',
      'scope.version',
      'scope.schema_url',
      'resource.schema_url',
    ])
      assert.ok(statements.includes(`set(${path}, "")`), path);
    assert.ok(statements.includes('delete_matching_keys(scope.attributes, ".*")'));
    assert.ok(processors['filter/allow-list'].trace_conditions.includes('Len(span.links) > 0'));
  });

  test('keeps what the layer says of the service and the function, and nothing else of the resource', () => {
    const environment = {
      ...{ AWS_LAMBDA_FUNCTION_NAME: 'submit', AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_VERSION: '1' },
      ...{ AWS_LAMBDA_LOG_STREAM_NAME: 'stream', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' },
    };
    assert.deepEqual(
      keptKeys('resource').sort(),
      [
        ...['service.version', 'deployment.environment.name'],
        ...Object.keys(resourceOf({ resourceAttributes: {}, serviceName: 'a' }, readLambdaAttributes(environment))),
      ].sort(),
    );
  });
});
