import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { timeLimitFaults } from '../../../infra/checks/time-limits.ts';
import { TemplateUnderTest } from './template-under-test.ts';

/** The faults of the deployment with some limits of a function changed. */
function faults(name: string, timeout: number | undefined, variables: Record<string, string> = {}): string[] {
  const under = new TemplateUnderTest();
  const change = (property: string, value: unknown) =>
    under.with('AWS::Lambda::Function', `${name}/Function/`, property, value);
  for (const [variable, value] of Object.entries(variables)) change(`Environment.Variables.${variable}`, value);
  if (timeout !== undefined) change('Timeout', timeout);
  return timeLimitFaults(under.template).map(({ text }) => text);
}

describe('the check of time limits', () => {
  it('is content with the deployment', () => {
    for (const stage of ['sandbox', 'production']) {
      assert.deepEqual(timeLimitFaults(new TemplateUnderTest({ stage }).template), []);
    }
  });

  for (const [variable, value, fault] of [
    ['DATABASE_LOCK_TIMEOUT_MS', '3000', 'lock (3000 ms) must be shorter than statement (3000 ms)'],
    ['DATABASE_CONNECT_TIMEOUT_MS', '3001', 'connect (3001 ms) must be shorter than statement (3000 ms)'],
    ['DATABASE_STATEMENT_TIMEOUT_MS', '8000', 'statement (8000 ms) must be shorter than request (8000 ms)'],
    ['DATABASE_LOCK_TIMEOUT_MS', '0', 'lock (0 ms) must be shorter than statement (3000 ms)'],
    ['OTEL_FLUSH_DEADLINE_MS', '700', 'flush (700 ms) must be shorter than the margin of an answer (700 ms)'],
    [
      'REQUEST_DEADLINE_MS',
      '9300',
      'request (10000 ms) must be shorter than execution less the margin of an answer (10000 ms)',
    ],
  ] as const) {
    it(`finds ${variable}=${value}`, () =>
      assert.deepEqual(faults('Submit', undefined, { [variable]: value }), [fault]));
  }

  it('finds a function that runs longer than API Gateway waits', () => {
    assert.deepEqual(faults('Status', 15), [
      'execution (15000 ms) must be shorter than what API Gateway waits (15000 ms)',
    ]);
  });

  it('lets a function that answers nobody run longer, but not shorter than its statements', () => {
    assert.deepEqual(faults('Bridge', 900), []);
    assert.deepEqual(faults('Bridge', 10), ['statement (10000 ms) must be shorter than execution (10000 ms)']);
  });

  it('finds an integration that waits longer than API Gateway can', () => {
    const under = new TemplateUnderTest();
    under.with('AWS::ApiGatewayV2::Integration', 'GET--health', 'TimeoutInMillis', 30_000);
    assert.deepEqual(
      timeLimitFaults(under.template).map(({ text }) => text),
      ['the integration (30000 ms) must be shorter than what API Gateway allows (30000 ms)'],
    );
  });
});
