/**
 * Why something could not be counted: all that quarantine keeps beside a fingerprint, so no reason may hold a value.
 */
export const REASONS = [
  'payload_not_a_delivery',
  'payload_not_gzip',
  'payload_too_large',
  'payload_malformed',
  'line_not_json',
  'line_malformed',
  'event_id_not_a_uuid',
  'event_too_old',
  'event_in_the_future',
  'metric_unknown',
  'labels_unknown',
  'value_invalid',
  'member_invalid',
  'unreadable',
] as const;
export type Reason = (typeof REASONS)[number];

/** Thrown where a line or payload turns out to be beyond counting; caught where the batch goes on without it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason);
    this.reason = reason;
  }
}
