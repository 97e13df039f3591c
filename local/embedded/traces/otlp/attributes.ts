import type { Tag } from '../trace.ts';
import type { AnyValue, KeyValue } from './schema.ts';

/** OTLP attributes as Jaeger's tags; the types are those of the collector's own translation to Jaeger. */
export function toTags(attributes: readonly KeyValue[] | null | undefined): Tag[] {
  return (attributes ?? []).map(({ key, value }) => toTag(key, value ?? {}));
}

function toTag(key: string, value: AnyValue): Tag {
  if (value.boolValue != null) return { key, type: 'bool', value: value.boolValue };
  if (value.intValue != null) return { key, type: 'int64', value: plainInteger(value.intValue) };
  if (value.doubleValue != null) return { key, type: 'float64', value: value.doubleValue };
  if (value.bytesValue != null) return { key, type: 'binary', value: value.bytesValue };
  if (value.arrayValue != null || value.kvlistValue != null) {
    return { key, type: 'string', value: JSON.stringify(plain(value)) };
  }
  return { key, type: 'string', value: value.stringValue ?? '' };
}

/** The value as JSON has it. */
function plain(value: AnyValue): unknown {
  if (value.arrayValue != null) return (value.arrayValue.values ?? []).map(plain);
  if (value.kvlistValue != null) {
    return Object.fromEntries((value.kvlistValue.values ?? []).map((entry) => [entry.key, plain(entry.value ?? {})]));
  }
  if (value.intValue != null) return plainInteger(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue ?? null;
}

/** Jaeger writes integers that a JavaScript number cannot hold as strings. */
function plainInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
