import type { TraceStore } from '../store.ts';
import type { Span } from '../trace.ts';

/** The names of all services that have spans, sorted. */
export function services(store: TraceStore): string[] {
  const names = new Set<string>();
  store.forEach((span) => names.add(span.process.serviceName));
  return [...names].sort();
}

export interface Operation {
  readonly name: string;
  readonly spanKind: string;
}

/** What a service does: each span name and kind once, sorted by name. */
export function operations(store: TraceStore, service: string): Operation[] {
  const kindsByName = new Map<string, Set<string>>();
  store.forEach((span) => {
    if (span.process.serviceName !== service) return;
    const kinds = kindsByName.get(span.operationName) ?? new Set();
    kindsByName.set(span.operationName, kinds.add(spanKind(span)));
  });
  const names = [...kindsByName.keys()].sort();
  return names.flatMap((name) => [...(kindsByName.get(name) ?? [])].sort().map((spanKind) => ({ name, spanKind })));
}

function spanKind({ tags }: Span): string {
  return String(tags.findLast(({ key }) => key === 'span.kind')?.value ?? '');
}
