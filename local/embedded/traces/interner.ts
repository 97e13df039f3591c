import type { Process, Span, Tag } from './trace.ts';

/** Distinct values remembered; above it the memory starts afresh, so that ids seen once do not fill it for ever. */
const MAX_REMEMBERED = 10_000;

/**
 * Rewrites spans so that equal tags and equal processes are the same object: the spans of a service differ in few of
 * their tags, and a store of them takes half the memory.
 */
export function createInterner(): (span: Span) => Span {
  const tag = remember<Tag>(({ key, type, value }) => `${key}\n${type}\n${String(value)}`);
  const process = remember<Process>(JSON.stringify);
  // The spans of one export share their process already: it is compared once, not for each of them.
  const processes = new WeakMap<Process, Process>();
  return (span) => {
    const shared = processes.get(span.process) ?? process(span.process);
    processes.set(span.process, shared);
    return { ...span, tags: span.tags.map(tag), process: shared };
  };
}

function remember<T>(identity: (value: T) => string): (value: T) => T {
  const known = new Map<string, T>();
  return (value) => {
    const id = identity(value);
    const same = known.get(id);
    if (same !== undefined) return same;
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(id, value);
    return value;
  };
}
