import { Problem } from './problem.ts';

/**
 * Waits for work until a limit in milliseconds.
 * @param abandon called when the limit passes: what the work still does after that is nobody's answer
 * @throws Problem 504 when the work is not done in time
 */
export async function beforeDeadline<T>(limitMs: number, abandon: () => void, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        abandon();
        reject(new Problem(504, { detail: 'The deadline of this request passed.' }));
      },
      Math.max(0, limitMs),
    );
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
