/** The process at the other end of `lanes.ts`: one connection, one submit after another. */

export interface Measured {
  /** Of each submit. */
  readonly timesMs: readonly number[];
  /** Of each flush that a submit waited for. */
  readonly flushesMs: readonly number[];
}

/** Answers each message, a number of submits to make, with what they took. */
export function serveRounds(submit: () => Promise<void>, flushesMs: number[] = []): void {
  process.on('message', (count: number) => {
    void round(submit, count).then((timesMs) => {
      process.send?.({ timesMs, flushesMs: flushesMs.splice(0) } satisfies Measured);
    });
  });
}

async function round(submit: () => Promise<void>, count: number): Promise<number[]> {
  const timesMs: number[] = [];
  for (let done = 0; done < count; done++) {
    const started = performance.now();
    await submit();
    timesMs.push(performance.now() - started);
  }
  return timesMs;
}
