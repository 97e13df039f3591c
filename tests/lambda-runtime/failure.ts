/** Why an execution environment takes no more invocations, by Lambda's own words. */
export interface Failure {
  readonly failure: { readonly errorType: string; readonly errorMessage: string };
}

/** The exit status of a process, the signal that ended it, or why it could not be started. */
export type Exit = number | string;

export function failure(errorType: string, errorMessage: string): Failure {
  return { failure: { errorType, errorMessage } };
}

export function runtimeExit(exit: Exit): Failure {
  return failure('Runtime.ExitError', `Runtime exited with error: ${describe(exit)}`);
}

export function extensionCrash(exit: Exit): Failure {
  return failure('Extension.Crash', describe(exit));
}

export function timeOut(limitMs: number): Failure {
  return failure('Sandbox.Timedout', `Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`);
}

function describe(exit: Exit): string {
  return typeof exit === 'number' ? `exit status ${exit}` : `signal: ${exit}`;
}
