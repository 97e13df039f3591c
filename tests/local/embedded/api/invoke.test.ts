import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { invoke } from '../../../../local/embedded/api/invoke.ts';
import { openFunctions } from '../../../../local/embedded/api/functions.ts';
import { startEmulator } from '../../gateway/emulator.ts';

describe('an invocation by a part of the launcher', () => {
  test('goes to the function', async () => {
    const { functions, invocations } = await startEmulator();
    await invoke(functions, 'bridge', { awslogs: { data: 'x' } });
    assert.deepEqual(
      invocations.map(({ functionName, text }) => [functionName, text]),
      [['bridge', '{"awslogs":{"data":"x"}}']],
    );
  });

  const FAILURES: [string, number, Record<string, string>, string][] = [
    ['was refused', 404, {}, '{}'],
    ['failed', 502, {}, ''],
    ['threw', 200, { 'x-amz-function-error': 'Unhandled' }, '{"errorMessage":"SECRET","trace":[]}'],
  ];
  for (const [what, status, headers, body] of FAILURES) {
    test(`that ${what} is an error that names the function only`, async () => {
      const { functions } = await startEmulator(
        (_invocation, response) => void response.writeHead(status, headers).end(body),
      );
      await assert.rejects(invoke(functions, 'bridge', {}), { message: 'bridge failed' });
    });
  }

  test('that nobody answers is an error', async () => {
    const functions = openFunctions('/nowhere/lambda', 1);
    await assert.rejects(invoke(functions, 'bridge', {}), { message: 'bridge failed' });
    await functions.close();
  });
});
