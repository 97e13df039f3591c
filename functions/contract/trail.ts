/**
 * The audit trail: its events, and what each says of itself. Flat, and never PHI, for the trail is read by more people
 * than the request is. An event that is not here cannot be written.
 */

/** A list is of the texts that may be said. */
type Kind = 'boolean' | 'number' | 'string' | readonly string[];

export const TRAIL = {
  request_received: { idempotency_key: 'boolean' },
  npi_validated: { check_digit: ['valid', 'invalid'] },
  request_submitted: { status: 'string' },
} as const satisfies Record<string, Readonly<Record<string, Kind>>>;

type Trail = typeof TRAIL;
export type AuditEventName = keyof Trail;
/** Of any event. */
export type DetailName = { [Name in AuditEventName]: keyof Trail[Name] }[AuditEventName];

interface Kinds {
  readonly boolean: boolean;
  readonly number: number;
  readonly string: string;
}
type Value<Of> = Of extends keyof Kinds ? Kinds[Of] : Of extends readonly (infer Text)[] ? Text : never;

/** What a writer of the event has to say. */
export type DetailsOf<Name extends AuditEventName> = {
  readonly [Detail in keyof Trail[Name]]: Value<Trail[Name][Detail]>;
};

/** The rows that a submit writes, in their order. */
export const SUBMIT_EVENTS = [
  'request_received',
  'npi_validated',
  'request_submitted',
] as const satisfies readonly AuditEventName[];

/** The event that ends what a submit writes; its row's hash is the head that the submit's line carries. */
export const SUBMIT_HEAD = 'request_submitted' satisfies AuditEventName;
