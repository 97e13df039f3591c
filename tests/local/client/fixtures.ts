import { render } from '../../../functions/series/exposition.ts';
import { aggregate, type Sample } from '../../../functions/series/samples.ts';
import { parseExposition } from '../../../local/client/exposition.ts';
import type { Readable } from '../../../local/client/metrics.ts';

/** What `/metrics` would show after these samples, as it is read. */
export function reading(...samples: readonly Sample[]): Readable {
  return { samples: parseExposition(render(aggregate(samples), 'text')) };
}

/** The samples of an accepted submit that took so long, of a body with a wrong check digit. */
export function accepted(seconds: number): Sample[] {
  const operation = (operation_type: string, value = 1): Sample => ({
    metric: 'prior_auth_database_operations_total',
    labels: { operation_type },
    value,
  });
  return [
    ...submitted('success', seconds),
    operation('generate_request_id'),
    operation('insert_request'),
    operation('insert_audit_event', 3),
    { metric: 'prior_auth_npi_check_failures_total', labels: {}, value: 1 },
  ];
}

/** The samples of a submit that was refused because of these fields. */
export function refused(...fields: readonly string[]): Sample[] {
  const failures = fields.map((field): Sample => ({
    metric: 'prior_auth_validation_failures_total',
    labels: { field },
    value: 1,
  }));
  return [...submitted('validation_error', 0.001), ...failures];
}

function submitted(status: string, seconds: number): Sample[] {
  return [
    { metric: 'prior_auth_requests_total', labels: { status }, value: 1 },
    { metric: 'prior_auth_request_duration_seconds', labels: { status }, value: seconds },
  ];
}
