import type { Functions } from './functions.ts';

/**
 * Invokes a function for a part of the launcher, in its turn.
 * @throws Error when it did not get one, the emulator does not answer or the function failed
 */
export async function invoke(functions: Functions, functionName: string, event: object): Promise<void> {
  const outcome = await functions.enter(functionName)?.run(() => functions.invoke(functionName, JSON.stringify(event)));
  if (outcome === undefined || outcome === 'away' || outcome.isFailed) throw new Error(`${functionName} failed`);
}
