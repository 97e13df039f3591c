/**
 * A trace as Jaeger's JSON query API draws it: field names are its `uimodel`, times are microseconds since the epoch.
 */

export interface Tag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}

export interface Reference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
}

export interface Log {
  readonly timestamp: number;
  readonly fields: readonly Tag[];
}

export interface Process {
  readonly serviceName: string;
  readonly tags: readonly Tag[];
}

/** A stored span holds its process; the API numbers the processes of each trace (`p1`, `p2`, …). */
export interface Span {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly Reference[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly Tag[];
  readonly logs: readonly Log[];
  readonly process: Process;
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly (Omit<Span, 'process'> & { readonly processID: string; readonly warnings: null })[];
  readonly processes: Readonly<Record<string, Process>>;
  readonly warnings: null;
}

/**
 * The spans of one trace in Jaeger's shape: in the order of their start, a parent before the child that starts with it.
 */
export function toJaegerTrace(traceID: string, stored: readonly Span[]): JaegerTrace {
  const ids = new Map<string, string>();
  const processes: Record<string, Process> = {};
  const spans = stored.toSorted(byStart).map(({ process, ...span }) => {
    const identity = JSON.stringify(process);
    const processID = ids.get(identity) ?? `p${ids.size + 1}`;
    ids.set(identity, processID);
    processes[processID] = process;
    return { ...span, processID, warnings: null };
  });
  return { traceID, spans, processes, warnings: null };
}

function byStart(a: Span, b: Span): number {
  return a.startTime - b.startTime || b.duration - a.duration;
}

/**
 * The 32 lower-case hex digits of a trace id as clients write it: hex in either case, at most 32 digits, leading zeros
 * left out or not. Undefined for anything else.
 */
export function parseTraceId(text: string): string | undefined {
  return /^[0-9a-f]{1,32}$/i.test(text) ? text.toLowerCase().padStart(32, '0') : undefined;
}
