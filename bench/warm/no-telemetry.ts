/**
 * Stands for the telemetry of the functions in the variant that is built without it: `functions/runtime/`'s span,
 * root-span, telemetry, wide-event and log, and the OpenTelemetry API. Only what the work itself needs is left: ids for
 * the audit rows, and the types of errors.
 */
const IDS = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SPAN = {
  setAttribute: nothing,
  setAttributes: nothing,
  setStatus: nothing,
  end: nothing,
  spanContext: () => IDS,
};

function nothing(): void {
  // Compiled out.
}

export const trace = { setSpan: nothing };
export const context = { active: nothing, with: <T>(_: unknown, work: () => T): T => work() };
export const startRoot = () => SPAN;
export const endRoot = nothing;
export const markFailed = nothing;
export const flush = nothing;
export const isKept = () => false;
export const idsOf = () => IDS;
export const addOperation = nothing;
export const createWriter = () => nothing;
export const createLog = () => ({ warn: nothing, error: nothing });

export async function inSpan<T>(_name: string, _attributes: object, work: (span: typeof SPAN) => T | Promise<T>) {
  return await work(SPAN);
}
export const databaseCall = () => ({});
export const inDatabaseSpan = inSpan;

export function typeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'Error';
}
