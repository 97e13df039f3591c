import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { awsView } from '../../../functions/runtime/aws-view.ts';
import type { Annotations } from '../../../functions/runtime/powertools-tracer.ts';
import { recordingLog } from '../../fixtures/connection.ts';
import { served } from '../../fixtures/served.ts';

type Load = NonNullable<NonNullable<Parameters<typeof awsView>[1]>['load']>;
const work = () => Promise.resolve({ status: 200, body: {} });

function loads(open: (name: string) => (annotations: Annotations) => void): Load {
  return () => Promise.resolve({ createSubsegments: () => open });
}

function fails(): never {
  throw new RangeError('SECRET');
}

test('the view of a request is opened by its route and closed with its outcome', async () => {
  const seen: unknown[] = [];
  const load = loads(
    (name) =>
      ({ httpStatus, coldStart }) =>
        void seen.push([name, httpStatus, coldStart]),
  );
  const view = awsView(true, { load });
  const { call } = served(work, { awsView: view });
  await call();
  await call();
  const route = 'POST /prior-auth/submit';
  assert.deepEqual(seen, [
    [route, 200, true],
    [route, 200, false],
  ]);
});

test('a view that is switched off loads nothing', () => {
  assert.equal(awsView(false, { load: fails }), undefined);
});

describe('a tracer that fails', () => {
  const FAILURES: [string, Load][] = [
    ['for want of its file', () => Promise.reject(new RangeError('SECRET'))],
    ['at its creation', () => Promise.resolve({ createSubsegments: fails })],
    ['at the opening', loads(fails)],
    ['at the close', loads(() => fails)],
  ];
  for (const [when, load] of FAILURES) {
    test(`${when} fails no request, and that is said once`, async () => {
      const log = recordingLog();
      const { call, lines } = served(work, { awsView: awsView(true, { load, log }) });
      await sleep(1); // the cold start: nothing awaits the tracer yet
      for (let calls = 0; calls < 3; calls++) assert.equal((await call()).status, 200);
      assert.equal(lines.length, 3);
      assert.deepEqual(
        log.lines.map(({ level }) => level),
        ['warn'],
      );
    });
  }
});
