/** A whole line and where it stands, for people: `functions.ndjson:17`. */
export interface Line {
  readonly text: string;
  readonly source: string;
  readonly number: number;
}

/** The lines of a stream. What follows the last line's end is being written, and is left out. */
export async function* readLines(source: string, chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Line> {
  let rest = '';
  let number = 0;
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const texts = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n');
    rest = texts.pop() ?? '';
    for (const text of texts) yield { text, source, number: ++number };
  }
}

export function placeOf({ source, number }: Line): string {
  return `${source}:${number}`;
}
