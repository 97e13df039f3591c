import { createHash } from 'node:crypto';
import { faultOf, InvalidSubmission } from './schema.ts';

/**
 * An Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header) in the scope of one caller. Only hashes are kept.
 */
export interface IdempotencyKey {
  readonly submitter: string;
  readonly keyHash: Buffer;
  readonly bodyHash: Buffer;
}

/** 1 to 255 visible ASCII characters; the draft's quotes are optional, since most clients leave them out. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws InvalidSubmission 422 for a key that is not of the form. */
export function readIdempotencyKey(
  header: string | undefined,
  submitter: string,
  body: Buffer,
): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  if (!KEY.test(header))
    throw new InvalidSubmission(422, 'The request has faults.', [faultOf('idempotency_key', 'key')]);
  return { submitter, keyHash: sha256(header), bodyHash: sha256(body) };
}

function sha256(content: string | Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
