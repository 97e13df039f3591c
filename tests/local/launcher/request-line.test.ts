import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { toRequestLine } from '../../../local/launcher/request-line.ts';
import { statusLine, submitLine } from '../../fixtures/wide-line.ts';

const at = (hours: number, minutes: number, seconds: number) =>
  new Date(2026, 10, 22, hours, minutes, seconds).getTime();
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const CONSOLE = 'http://localhost:16686';
const LINK = `${CONSOLE}/trace/${TRACE}`;

/** The readable line of a wide event at 09:05:07, its runs of spaces made one. */
function lineOf(event: Record<string, unknown>): string | undefined {
  return toRequestLine(JSON.stringify({ ...event, _aws: { Timestamp: at(9, 5, 7) } }), CONSOLE)?.replaceAll(/ +/g, ' ');
}

describe('the line of a request at the terminal', () => {
  const LINES: [string, Record<string, unknown>, string][] = [
    ['a submit', submitLine(), `09:05:07 POST /prior-auth/submit 201 success 12.3 ms ${LINK}`],
    [
      'a refused submit at a cold start',
      submitLine({ status: 'validation_error', http_status: 422, cold_start: true }),
      `09:05:07 POST /prior-auth/submit 422 validation_error 12.3 ms ${LINK} (cold start)`,
    ],
    [
      'a slow one',
      submitLine({ prior_auth_request_duration_seconds: 2.053 }),
      `09:05:07 POST /prior-auth/submit 201 success 2053.0 ms ${LINK}`,
    ],
    ['a read', statusLine({ trace_id: TRACE }), `09:05:07 GET /prior-auth/{request_id} 200 3.1 ms ${LINK}`],
  ];
  for (const [what, event, line] of LINES) test(`says of ${what}: ${line}`, () => assert.equal(lineOf(event), line));

  test('names the trace by its id alone where no console shows it', () => {
    const event = submitLine({ cold_start: true });
    const line = toRequestLine(JSON.stringify(event), undefined);
    assert.match(line ?? '', new RegExp(`12\\.3 ms  trace ${TRACE} \\(cold start\\)$`));
  });

  test('has its columns in the same places for every route', () => {
    const [submit = '', read = ''] = [submitLine(), statusLine({ trace_id: TRACE })].map((event) =>
      toRequestLine(JSON.stringify(event), CONSOLE),
    );
    assert.equal(submit.indexOf('http://'), read.indexOf('http://'));
    assert.equal(submit.indexOf('201'), read.indexOf('200'));
  });

  for (const other of [
    '',
    'Server ready: http://127.0.0.1:8000',
    '{"level":"WARN","message":"A probe failed"}',
    '{"route":"GET /health"',
    'null',
    '[]',
    JSON.stringify({ ...submitLine(), trace_id: 7 }),
  ]) {
    test(`is none for ${other.slice(0, 40) || 'an empty line'}`, () =>
      assert.equal(toRequestLine(other, CONSOLE), undefined));
  }
});
