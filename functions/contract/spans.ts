/** Every name that a span may have. Another one leaves the process as `redacted`. */
import { SERVICE } from './catalogue.ts';

/** Method and route in one, as the root of a request is named. */
export const ROUTES = [
  'POST /prior-auth/submit',
  'GET /prior-auth/{request_id}',
  'GET /health',
  'GET /metrics',
] as const;
export type Route = (typeof ROUTES)[number];
export type Method = Route extends `${infer First} ${string}` ? First : never;
export type Path = Route extends `${string} ${infer Second}` ? Second : never;

export const STEPS = [
  'submit_prior_auth',
  'generate_request_id',
  'vip_member_slow_query',
  'validate_npi',
  'database_insert',
  'read_prior_auth',
] as const;
export type Step = (typeof STEPS)[number];

export type SpanName = Route | Step;
export const SPAN_NAMES: readonly string[] = [...ROUTES, ...STEPS];

/** The tracer of the steps within a request. */
export const STEP_SCOPE = 'prior-auth';
/** What a tracer may be called: that of the roots has the service's name. */
export const SCOPES: readonly string[] = [STEP_SCOPE, SERVICE];

/** What stands in place of a name that is on no list. */
export const REDACTED = 'redacted';
