import * as z from 'zod/mini';
import { HttpError } from '../http.ts';
import type { Span, Tag } from '../trace.ts';
import { duration, limit, microseconds, parameter, parseParameters, traceId } from './parameters.ts';

const tag = parameter('key:value is', (text): [string, string] | undefined => {
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
});

const tagObject = z.record(
  z.string(),
  z.pipe(z.union([z.string(), z.number(), z.boolean()]), z.transform<string | number | boolean, string>(String)),
);

const tags = parameter('a JSON object of strings is', (text) => {
  try {
    return Object.entries(tagObject.parse(JSON.parse(text)));
  } catch {
    return undefined;
  }
});

const searchSchema = z.object({
  service: z.optional(z.string()),
  operation: z.optional(z.string()),
  tag: z._default(z.array(tag), []),
  tags: z._default(z.array(tags), []),
  minDuration: z._default(duration, 0),
  maxDuration: z._default(duration, Infinity),
  start: z.optional(microseconds),
  end: z._default(microseconds, Infinity),
  lookback: z.optional(z.union([z.literal('custom'), duration])),
  limit,
  traceID: z._default(z.array(traceId), []),
});

export type Search = z.infer<typeof searchSchema>;

/**
 * The parameters of `/api/traces`, as Jaeger's query service reads them.
 * @throws HttpError 400 that names the parameter at fault, never its value.
 */
export function parseSearch(query: URLSearchParams): Search {
  const search = parseParameters(searchSchema, query, ['tag', 'tags', 'traceID']);
  if (search.service === undefined && search.traceID.length === 0) {
    throw new HttpError(400, "parameter 'service' is required");
  }
  if (search.maxDuration < search.minDuration) {
    throw new HttpError(400, "'maxDuration' should be greater than 'minDuration'");
  }
  return search;
}

/** Whether one span meets all conditions of a search at once, which is what makes its trace a result. */
export function spanFilter(search: Search, now = Date.now() * 1000): (span: Span) => boolean {
  const { service, operation, minDuration, maxDuration, end } = search;
  const start = startOfRange(search, now);
  const conditions = [...search.tag, ...search.tags.flat()].map(tagFilter);
  return (span) =>
    span.process.serviceName === service &&
    (operation === undefined || span.operationName === operation) &&
    span.duration >= minDuration &&
    span.duration <= maxDuration &&
    span.startTime >= start &&
    span.startTime <= end &&
    conditions.every((holds) => holds(span));
}

/** `lookback` counts back from `end` or now; Jaeger's page sends `custom` where `start` and `end` say it all. */
function startOfRange({ start, end, lookback }: Search, now: number): number {
  if (start !== undefined) return start;
  return typeof lookback === 'number' ? Math.min(end, now) - lookback : 0;
}

/** A tag of the span, of its process or of one of its logs. `error=false` asks for the spans that are no error. */
function tagFilter([key, value]: readonly [string, string]): (span: Span) => boolean {
  if (key === 'error' && value === 'false') {
    const isError = tagFilter(['error', 'true']);
    return (span) => !isError(span);
  }
  return ({ tags, process, logs }) =>
    includesTag(tags, key, value) ||
    includesTag(process.tags, key, value) ||
    logs.some(({ fields }) => includesTag(fields, key, value));
}

/** A plain loop: a search that finds nothing comes here for every tag that is stored. */
function includesTag(tags: readonly Tag[], key: string, value: string): boolean {
  for (const tag of tags) {
    if (tag.key === key && String(tag.value) === value) return true;
  }
  return false;
}
