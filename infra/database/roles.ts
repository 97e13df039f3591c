/** The login roles that the numbered files make, one per function. */
export const FUNCTION_ROLES = [
  'prior_auth_submit',
  'prior_auth_status',
  'prior_auth_bridge',
  'prior_auth_reconcile',
  'prior_auth_metrics',
  'prior_auth_health',
] as const;
export type DatabaseRole = (typeof FUNCTION_ROLES)[number];
