/**
 * The attributes that may leave the process, each with what its value may be. Default deny: a key that is not here is
 * removed, and so is a value that breaks its rule, because a span is one `setAttribute` away from a body field.
 */
import { FIELDS } from '../../../functions/contract/catalogue.ts';

type Rule = (value: unknown) => boolean;

const MAX_STRING_LENGTH = 128;

const flag: Rule = (value) => typeof value === 'boolean';

function between(least: number, most: number): Rule {
  return (value) => typeof value === 'number' && value >= least && value <= most;
}

function oneOf(...values: readonly string[]): Rule {
  return (value) => typeof value === 'string' && values.includes(value);
}

function text(pattern: RegExp): Rule {
  return (value) => typeof value === 'string' && value.length <= MAX_STRING_LENGTH && pattern.test(value);
}

function listOf(rule: Rule): Rule {
  return (value) => Array.isArray(value) && value.every(rule);
}

const SQLSTATE = '[0-57][0-9A-Z]{4}|P000[0-4]|XX00[0-2]';
/** A class name, an HTTP status, a code of Node, postgres.js or PostgreSQL: never a message. */
const errorType = text(
  new RegExp(`^(?:_OTHER|(?:[A-Z][A-Za-z]*)?(?:Error|Problem)|[45]\\d\\d|E[A-Z]+|[A-Z]+(?:_[A-Z]+)+|${SQLSTATE})$`),
);

/** As with the names of spans, the collector has them, too. */
export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['http.request.method', oneOf('GET', 'POST')],
  ['http.route', oneOf('/prior-auth/submit', '/prior-auth/{request_id}', '/health', '/metrics')],
  ['http.response.status_code', between(100, 599)],
  ['url.scheme', oneOf('http', 'https')],
  ['faas.trigger', oneOf('http', 'timer', 'pubsub', 'datasource', 'other')],
  ['faas.invocation_id', text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)],
  ['faas.coldstart', flag],
  ['db.system.name', oneOf('postgresql')],
  ['db.operation.name', text(/^(?:SELECT|INSERT|UPDATE|DELETE)$/)],
  ['db.collection.name', text(/^prior_auth_[a-z_]+$/)],
  ['db.query.summary', text(/^(?:SELECT|INSERT|UPDATE|DELETE) prior_auth_[a-z_]+$/)],
  ['db.response.status_code', text(new RegExp(`^(?:${SQLSTATE})$`))],
  ['error.type', errorType],
  ['exception.type', errorType],
  ['delay_ms', between(0, 900_000)],
  ['reason', oneOf('Simulating database contention')],
  ['prior_auth.request_id', text(/^PA-\d{5,16}$/)],
  ['prior_auth.npi.check_digit', oneOf('valid', 'invalid')],
  ['prior_auth.idempotent_replay', flag],
  ['prior_auth.failed_fields', listOf(oneOf(...FIELDS))],
]);

export function isAllowed(key: string, value: unknown): boolean {
  return RULES.get(key)?.(value) ?? false;
}
