import * as z from 'zod/mini';

/** The emulator's account of a function that failed; it has a stack trace, too. */
const Failure = z.object({ errorMessage: z.string() });

/** What the emulator says when a function takes longer than it may. */
const TIMEOUT = '[504] - Lambda timeout.';

export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/**
 * Lambda's account of a function that failed, in the function's own words and without a trace. A message with a path
 * is the runtime's, not the function's: a bundle that could not be loaded, for one.
 */
export function describeFailure(payload: string): FunctionFailure {
  const message = Failure.safeParse(parse(payload)).data?.errorMessage.split('\n')[0] ?? '';
  if (message === TIMEOUT) return { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' };
  const isOwn = message !== '' && !/[\\/]/.test(message);
  return { errorType: 'Error', errorMessage: isOwn ? message : 'The function failed; api-errors.log says why.' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
