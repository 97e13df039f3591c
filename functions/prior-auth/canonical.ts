import { hash } from 'node:crypto';

/**
 * One text for a list of fields, and no other list has the same: each field's length in bytes of UTF-8 stands before
 * it, as in netstrings; `-` is a field that is absent. `prior_auth_canonical` (infra/database/0007_evidence.sql) writes
 * the same.
 */
export function canonical(fields: readonly (string | null | undefined)[]): string {
  return fields.map((field) => (field == null ? '-' : `${Buffer.byteLength(field)}:${field}`)).join(',');
}

/** sha256 over the canonical text, hex. */
export function canonicalHash(fields: readonly (string | null | undefined)[]): string {
  return hash('sha256', canonical(fields));
}
