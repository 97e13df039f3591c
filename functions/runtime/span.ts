import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { AttributeName, AttributeValue, SpanAttributes, Statement, Table } from '../contract/attributes.ts';
import type { SpanName } from '../contract/spans.ts';

/** What work may do with its span: OpenTelemetry's own, seen through the list of attributes. */
export interface WorkSpan {
  setAttribute<Name extends AttributeName>(name: Name, value: AttributeValue<Name>): unknown;
  setAttributes(attributes: SpanAttributes): unknown;
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

/** The same for who opened it and says how it ended. */
export interface OpenSpan extends WorkSpan {
  setStatus(status: { code: SpanStatusCode }): unknown;
  end(): void;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

const tracer = trace.getTracer('prior-auth');

/**
 * Runs `work` in a child span of the active one. A thrown error marks the span by its type or code, never by its
 * message.
 */
export function inSpan<T>(
  name: SpanName,
  attributes: SpanAttributes,
  work: (span: WorkSpan) => T | Promise<T>,
): Promise<T> {
  return record(name, SpanKind.INTERNAL, attributes, work);
}

/** `db.*` attributes of the OpenTelemetry semantic conventions for a call to PostgreSQL. */
export function databaseCall(operation: Statement, collection: Table): SpanAttributes {
  return {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    'db.collection.name': collection,
    'db.query.summary': `${operation} ${collection}`,
  };
}

/** The same as `inSpan` for a call to PostgreSQL, of kind CLIENT; `call` is made once by `databaseCall`. */
export function inDatabaseSpan<T>(
  name: SpanName,
  call: SpanAttributes,
  work: (span: WorkSpan) => Promise<T>,
): Promise<T> {
  return record(name, SpanKind.CLIENT, call, work);
}

function record<T>(
  name: SpanName,
  kind: SpanKind,
  attributes: SpanAttributes,
  work: (span: WorkSpan) => T | Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { kind, attributes }, async (span: OpenSpan) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, error);
      if (kind === SpanKind.CLIENT && SQLSTATE.test(typeOf(error)))
        span.setAttribute('db.response.status_code', typeOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Sets the error status and `error.type`. A client's fault (4xx) is not an error of the service and leaves the span as
 * it is.
 */
export function markFailed(span: OpenSpan, error: unknown): void {
  const status = statusOf(error);
  if (status !== undefined && status < 500) return;
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', typeOf(error));
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

/**
 * A code (`ECONNREFUSED`, SQLSTATE `57014`), a status (`504`) or a class name: the low-cardinality values the
 * conventions ask for.
 */
export function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const source = error.cause instanceof Error ? error.cause : error;
  if ('code' in source && typeof source.code === 'string') return source.code;
  return source === error ? String(statusOf(error) ?? error.name) : source.name;
}
