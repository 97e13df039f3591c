import type { Span } from './trace.ts';

export interface Operation {
  readonly name: string;
  /** `server`, `client`, …; empty when the span has none. */
  readonly spanKind: string;
}

interface Counted extends Operation {
  spans: number;
}

/** What the stored spans do: services, and the operations of each, kept in step with the store. */
export interface OperationIndex {
  add(span: Span): void;
  remove(span: Span): void;
  /** Names, sorted. */
  services(): string[];
  /** Sorted by name, then kind. */
  operations(service: string): Operation[];
}

export function createOperationIndex(): OperationIndex {
  const byService = new Map<string, Map<string, Counted>>();

  function count(span: Span, change: 1 | -1): void {
    const service = span.process.serviceName;
    const operations = byService.get(service) ?? new Map<string, Counted>();
    const spanKind = spanKindOf(span);
    const key = `${span.operationName}\n${spanKind}`;
    const operation = operations.get(key) ?? { name: span.operationName, spanKind, spans: 0 };
    operation.spans += change;
    if (operation.spans > 0) operations.set(key, operation);
    else operations.delete(key);
    if (operations.size > 0) byService.set(service, operations);
    else byService.delete(service);
  }

  return {
    add: (span) => count(span, 1),
    remove: (span) => count(span, -1),
    services: () => [...byService.keys()].sort(),
    operations: (service) =>
      [...(byService.get(service)?.entries() ?? [])]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { name, spanKind }]) => ({ name, spanKind })),
  };
}

function spanKindOf({ tags }: Span): string {
  return String(tags.findLast(({ key }) => key === 'span.kind')?.value ?? '');
}
