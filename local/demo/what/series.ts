import { ask } from '../http.ts';

/** The value of each series by its name and labels, as `/metrics` writes them and in its order. */
export type Series = ReadonlyMap<string, number>;

/** `name{label="value"} 12`; a label's value is quoted and may hold anything. */
const SAMPLE = /^([a-z_:][\w:]*(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?) (\S+)/i;

/** Reads the Prometheus text format. */
export function parseSeries(text: string): Series {
  const samples = text.split('\n').map((line) => SAMPLE.exec(line));
  return new Map(samples.flatMap((match) => (match?.[1] !== undefined ? [[match[1], Number(match[2])] as const] : [])));
}

/** @throws Error when `/metrics` is not answered with 200. */
export async function readSeries(api: string): Promise<Series> {
  const { status, text } = await ask(`${api}/metrics`);
  if (status !== 200) throw new Error(`GET /metrics answers ${status}, so nothing can be compared.`);
  return parseSeries(text);
}
