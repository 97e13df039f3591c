/** What of the list is shown. Its state is the query of the address, so that a filtered list can be linked to. Pure. */
import { parseDuration } from '../../../embedded/traces/duration.ts';
import type { RequestSummary } from '../../contract.ts';

export interface Filter {
  readonly route: string;
  /** `201`, a class such as `4xx`, or `error`: any span of it failed. */
  readonly status: string;
  /** The least duration, as it was typed: `100ms`. */
  readonly min: string;
  /** A part of a trace id, or of a request id (`PA-00001`). */
  readonly id: string;
}

export const ALL: Filter = { route: '', status: '', min: '', id: '' };

const FIELDS = ['route', 'status', 'min', 'id'] as const;

export function readFilter(query: URLSearchParams): Filter {
  const [route = '', status = '', min = '', id = ''] = FIELDS.map((field) => query.get(field) ?? '');
  return { route, status, min, id };
}

/** The query of a filter, with its question mark; empty when everything is shown. */
export function writeFilter(filter: Filter): string {
  const set = FIELDS.filter((field) => filter[field] !== '').map((field) => [field, filter[field]] as const);
  const query = new URLSearchParams(Object.fromEntries(set));
  return set.length === 0 ? '' : `?${query.toString()}`;
}

/** Whether the least duration cannot be read. */
export function isFaulty({ min }: Filter): boolean {
  return min !== '' && parseDuration(min.trim()) === undefined;
}

/** A least duration that cannot be read hides nothing. */
export function toPredicate(filter: Filter): (request: RequestSummary) => boolean {
  const least = parseDuration(filter.min.trim()) ?? 0;
  const id = filter.id.trim().toLowerCase();
  const fitsStatus = statusFilter(filter.status);
  return (request) =>
    (filter.route === '' || request.name === filter.route) &&
    fitsStatus(request) &&
    request.duration >= least &&
    (id === '' || request.traceID.includes(id) || request.requestIDs.some((one) => one.toLowerCase().includes(id)));
}

function statusFilter(wanted: string): (request: RequestSummary) => boolean {
  if (wanted === '') return () => true;
  if (wanted === 'error') return ({ error }) => error;
  const hundreds = /^([1-5])xx$/.exec(wanted)?.[1];
  if (hundreds !== undefined) return ({ status }) => status !== null && Math.floor(status / 100) === Number(hundreds);
  return ({ status }) => String(status) === wanted;
}
