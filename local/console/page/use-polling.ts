import { useLayoutEffect, useState } from 'preact/hooks';
import { messageOf } from './read.ts';

/**
 * Does `work` at once and again and again, `interval` milliseconds after it has ended, while the page can be seen.
 * @returns why it failed last, or undefined
 */
export function usePolling(work: () => Promise<void>, interval: number): string | undefined {
  const [failure, setFailure] = useState<string>();
  // Before the first paint rather than after it: the first question is on its way some 40 ms earlier.
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const turn = async () => {
      timer = undefined;
      if (!document.hidden) {
        const outcome = await work().then(
          () => undefined,
          (error: unknown) => messageOf(error),
        );
        if (!isOver) setFailure(outcome);
      }
      if (!isOver) timer = setTimeout(() => void turn(), interval);
    };
    const wake = () => {
      if (document.hidden || timer === undefined) return;
      clearTimeout(timer);
      void turn();
    };
    document.addEventListener('visibilitychange', wake);
    void turn();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
    };
  }, [work, interval]);
  return failure;
}
