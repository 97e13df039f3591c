import type { RequestSummary } from '../../../../../local/console/contract.ts';

/** A line of the list; `number` makes its ids and its place in time. */
export function summary(number: number, overrides: Partial<RequestSummary> = {}): RequestSummary {
  return {
    traceID: number.toString(16).padStart(32, 'a'),
    arrival: number * 5,
    startTime: 1_800_000_000_000_000 + number * 1000,
    duration: 5000,
    name: 'POST /prior-auth/submit',
    status: 201,
    error: false,
    spans: 5,
    requestIDs: [`PA-${String(number).padStart(5, '0')}`],
    slowest: { name: 'database_insert', share: 0.5, isBottleneck: false },
    ...overrides,
  };
}
