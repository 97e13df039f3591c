import * as z from 'zod/mini';
import { HttpError } from '../http.ts';
import { parseDuration } from '../duration.ts';
import { parseTraceId } from '../trace.ts';

/** What Jaeger answers with when no limit is asked for. */
const DEFAULT_LIMIT = 100;

/** A parameter read by `parse`, which returns undefined for a text that it cannot read. */
export function parameter<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.pipe(
    z.string(),
    z.transform((text: string, context): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: `${expected} expected`, input: undefined });
      return z.NEVER;
    }),
  );
}

export const duration = parameter('a duration such as 100ms, 1.2s or 1500us is', parseDuration);

export const traceId = parameter('up to 32 hexadecimal digits are', parseTraceId);

export const microseconds = parameter('a whole number of microseconds is', (text) =>
  /^\d{1,16}$/.test(text) ? Number(text) : undefined,
);

export const limit = z._default(
  parameter('a whole number above 0 is', (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined)),
  DEFAULT_LIMIT,
);

/**
 * The parameters of a query as `schema` reads them. One with an empty value counts as absent, as Jaeger's page sends
 * them; of one that is given twice the first counts, unless it is among the `repeated`, which are lists.
 * @throws HttpError 400 that names the first parameter at fault, never its value.
 */
export function parseParameters<T extends z.ZodMiniType>(
  schema: T,
  query: URLSearchParams,
  repeated: readonly string[] = [],
): z.infer<T> {
  const given: Record<string, string | string[]> = {};
  for (const name of new Set(query.keys())) {
    const [first, ...others] = query.getAll(name).filter((value) => value !== '');
    if (first !== undefined) given[name] = repeated.includes(name) ? [first, ...others] : first;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HttpError(400, `unable to parse param '${String(issue?.path[0])}': ${issue?.message ?? 'invalid'}`);
}
