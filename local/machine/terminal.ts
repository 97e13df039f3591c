/** What a person at the terminal sees. Colour only there, and never against NO_COLOR. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text for a stream; node leaves it plain where the stream is not a terminal or NO_COLOR is set. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}

/** Says what is being done and, when it is done, how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.error(`  ${paint('green', '✓', process.stderr)} ${what} ${paint('dim', `${seconds} s`, process.stderr)}`);
  return result;
}

export function say(message: string): void {
  console.error(message);
}

export function warn(message: string): void {
  console.error(paint('yellow', message, process.stderr));
}

export function fail(message: string): void {
  console.error(paint('red', message, process.stderr));
}
