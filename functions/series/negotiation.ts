import type { Format } from './exposition.ts';

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/**
 * The format that an `Accept` header asks for (RFC 9110, section 12.5.1): OpenMetrics 1.0 when it is named and nothing
 * that text satisfies is preferred to it, else text. Anything is answered: a scraper that asks for neither is served
 * text, never 406.
 */
export function negotiate(accept: string | undefined): Format {
  const ranges = (accept ?? '').split(',').map(parseRange);
  const openmetrics = best(
    ranges,
    ({ type, version }) => type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0'),
  );
  const text = best(
    ranges,
    ({ type, version }) =>
      ['text/plain', 'text/*', '*/*'].includes(type) && (version === undefined || version === '0.0.4'),
  );
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text';
}

function best(ranges: readonly MediaRange[], matches: (range: MediaRange) => boolean): number {
  return Math.max(0, ...ranges.filter(matches).map((range) => range.quality));
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const value = (name: string) =>
    parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(value('q') ?? 1);
  return { type, version: value('version')?.replaceAll('"', ''), quality: Number.isFinite(quality) ? quality : 0 };
}
