/**
 * Invokes a function through the emulator's Lambda API.
 * @returns the function's result
 * @throws Error when the API does not answer or the function failed
 */
export async function invoke(endpoint: string, functionName: string, event: object): Promise<unknown> {
  const response = await fetch(`${endpoint}/2015-03-31/functions/${functionName}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(30_000),
  });
  const result: unknown = await response.json().catch(() => undefined);
  if (!response.ok || isFailure(result)) throw new Error(`${functionName} failed with ${response.status}`);
  return result;
}

/** serverless-offline answers 200 for a function that threw; the body then has Lambda's error shape. */
function isFailure(result: unknown): boolean {
  return typeof result === 'object' && result !== null && ('errorMessage' in result || 'errorType' in result);
}
