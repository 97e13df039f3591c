/**
 * The attributes that a span may have, each with what its value may be. Default deny: a key that is not here is
 * removed, and so is a value that breaks its rule, because a span is one `setAttribute` away from a body field. The
 * layer's allow-list and the collector's are made from this one.
 */
import { FIELDS } from './catalogue.ts';
import { REQUEST_ID_PATTERN } from './request-id.ts';
import { digits, flag, listOf, oneOf, text, type ValueOf, type ValueRule } from './values.ts';

const SQLSTATE = '[0-57][0-9A-Z]{4}|P000[0-4]|XX00[0-2]';
const STATEMENT = 'SELECT|INSERT|UPDATE|DELETE';
export type Statement = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
const TABLE = 'prior_auth_[a-z_]+';
export type Table = `prior_auth_${string}`;
/** A class name, an HTTP status, a code of Node, postgres.js or PostgreSQL: never a message. */
const ERROR_TYPE = text(
  `_OTHER|(?:[A-Z][A-Za-z]*)?(?:Error|Problem)|[45][0-9][0-9]|E[A-Z]+|[A-Z]+(?:_[A-Z]+)+|${SQLSTATE}`,
);

export const ATTRIBUTES = {
  'http.request.method': oneOf('GET', 'POST'),
  'http.route': oneOf('/prior-auth/submit', '/prior-auth/{request_id}', '/health', '/metrics'),
  'http.response.status_code': digits('[1-5][0-9][0-9]'),
  'url.scheme': oneOf('http', 'https'),
  'faas.trigger': oneOf('http', 'timer', 'pubsub', 'datasource', 'other'),
  'faas.invocation_id': text('[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'),
  'faas.coldstart': flag,
  'db.system.name': oneOf('postgresql'),
  'db.operation.name': text<Statement>(STATEMENT),
  'db.collection.name': text<Table>(TABLE),
  'db.query.summary': text<`${Statement} ${Table}`>(`(?:${STATEMENT}) ${TABLE}`),
  'db.response.status_code': text(SQLSTATE),
  'error.type': ERROR_TYPE,
  'exception.type': ERROR_TYPE,
  delay_ms: digits('[0-9]{1,6}'),
  reason: oneOf('Simulating database contention'),
  'prior_auth.request_id': text(REQUEST_ID_PATTERN),
  'prior_auth.npi.check_digit': oneOf('valid', 'invalid'),
  'prior_auth.idempotent_replay': flag,
  'prior_auth.failed_fields': listOf(FIELDS),
} as const satisfies Record<string, ValueRule>;

export type AttributeName = keyof typeof ATTRIBUTES;
export type AttributeValue<Name extends AttributeName> = ValueOf<(typeof ATTRIBUTES)[Name]>;
export type SpanAttributes = { readonly [Name in AttributeName]?: AttributeValue<Name> };
