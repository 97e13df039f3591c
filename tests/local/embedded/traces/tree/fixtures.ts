import type { JaegerSpan } from '../../../../../local/client/jaeger-span.ts';

/** A span of Jaeger's JSON; times in microseconds, the start counted from the epoch. */
export function span(
  name: string,
  [startTime, duration]: readonly [number, number],
  parent?: string,
  tags: Record<string, string | number> = {},
): JaegerSpan {
  return {
    spanID: name,
    operationName: name,
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', spanID: parent }],
    startTime,
    duration,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
}

/** A slow submit of 2,010 ms, drawn at random: neither parents nor siblings come in their order. */
export const SLOW_SUBMIT: readonly JaegerSpan[] = [
  span('database_insert', [2_005_000, 4_000], 'submit_prior_auth'),
  span('submit_prior_auth', [2_000, 2_007_500], 'POST /prior-auth/submit'),
  span('vip_member_slow_query', [4_000, 2_000_000], 'submit_prior_auth', { delay_ms: 2000, reason: 'Contention' }),
  span('POST /prior-auth/submit', [0, 2_010_000]),
  span('generate_request_id', [2_000, 2_000], 'submit_prior_auth'),
  span('validate_npi', [2_004_500, 100], 'submit_prior_auth'),
];
