import * as z from 'zod/mini';

/**
 * OTLP trace data in its JSON encoding (opentelemetry-proto, docs/specification.md "JSON Protobuf Encoding"): ids are
 * hex, 64-bit integers are strings or numbers, enums are numbers, null and a missing member are the default, unknown
 * members are ignored. The protobuf decoder produces the same shape.
 */

const hex = (digits: number) =>
  z.pipe(
    z.string().check(z.regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`)), z.regex(/[^0]/)),
    z.transform((id: string) => id.toLowerCase()),
  );

const integer = z.pipe(
  z.union([z.string().check(z.regex(/^-?\d{1,20}$/)), z.number().check(z.refine(Number.isInteger))]),
  z.transform((value: string | number) => BigInt(value)),
);

/** No parent is an empty id, or one of zeros. */
const noId = z.pipe(
  z.string().check(z.regex(/^0*$/)),
  z.transform(() => undefined),
);

/** A proto3 field: a message may leave it out, or say null. */
const optional = <T extends z.ZodMiniType>(type: T) => z.nullish(type);
const list = <T extends z.ZodMiniType>(type: T) => z.nullish(z.array(type));

const anyValue = z.object({
  stringValue: optional(z.string()),
  boolValue: optional(z.boolean()),
  intValue: optional(integer),
  doubleValue: optional(z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])),
  bytesValue: optional(z.string()),
  get arrayValue() {
    return z.nullish(z.object({ values: z.nullish(z.array(anyValue)) }));
  },
  get kvlistValue() {
    return z.nullish(z.object({ values: z.nullish(z.array(keyValue)) }));
  },
});

const keyValue = z.object({ key: z.string(), value: optional(anyValue) });

const event = z.object({ timeUnixNano: optional(integer), name: optional(z.string()), attributes: list(keyValue) });

const link = z.object({ traceId: hex(32), spanId: hex(16) });

export const spanSchema = z.object({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: optional(z.union([hex(16), noId])),
  traceState: optional(z.string()),
  name: optional(z.string()),
  kind: optional(z.number()),
  startTimeUnixNano: optional(integer),
  endTimeUnixNano: optional(integer),
  attributes: list(keyValue),
  events: list(event),
  links: list(link),
  status: optional(z.object({ code: optional(z.number()), message: optional(z.string()) })),
});

const scope = z.object({ name: optional(z.string()), version: optional(z.string()) });

const scopeSpans = z.object({ scope: optional(scope), spans: list(z.unknown()) });

const resourceSpans = z.object({
  resource: optional(z.object({ attributes: list(keyValue) })),
  scopeSpans: list(scopeSpans),
});

/** Its spans are checked one by one (`spanSchema`), so that one bad span does not lose the others. */
export const requestSchema = z.object({ resourceSpans: list(resourceSpans) });

export type AnyValue = z.infer<typeof anyValue>;
export type KeyValue = z.infer<typeof keyValue>;
export type Resource = z.infer<typeof resourceSpans>['resource'];
export type Scope = z.infer<typeof scope>;
export type OtlpSpan = z.infer<typeof spanSchema>;
