import { parseExposition } from '../../client/exposition.ts';
import { ask } from '../../client/http.ts';

/** The value of each series by its name and labels, as `/metrics` writes them and in its order. */
export type Series = ReadonlyMap<string, number>;

/** @throws ExpositionError when the text is no exposition. */
export function parseSeries(text: string): Series {
  return new Map(parseExposition(text).map(({ series, value }) => [series, value]));
}

/** @throws Error when `/metrics` is not answered with 200 and an exposition. */
export async function readSeries(api: string): Promise<Series> {
  const { status, text } = await ask(`${api}/metrics`);
  if (status !== 200) throw new Error(`GET /metrics answers ${status}, so nothing can be compared.`);
  return parseSeries(text);
}
