/**
 * What a span and its scope may be called; what its attributes may be is in attribute-rules.ts. The collector has them
 * all in a list of its own (local/monitoring/collector/collector.yaml); a test holds them equal.
 */
export const SPAN_NAMES = new Set([
  'POST /prior-auth/submit',
  'GET /prior-auth/{request_id}',
  'GET /health',
  'GET /metrics',
  'submit_prior_auth',
  'generate_request_id',
  'vip_member_slow_query',
  'validate_npi',
  'database_insert',
  'read_prior_auth',
]);
export const SCOPES = new Set(['prior-auth', 'prior-auth-api']);
