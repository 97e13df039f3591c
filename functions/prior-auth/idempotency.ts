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

/** 1 to 255 visible ASCII characters, as most clients send a key. */
const BARE = /^(?!")[\x21-\x7e]{1,255}$/;
/**
 * As the draft has it, a string of RFC 8941: also with blanks, and with \" and \\ for what cannot stand there by
 * itself.
 */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/;

/** @throws InvalidSubmission 422 for a key that is not of the form. */
export function readIdempotencyKey(
  header: string | undefined,
  submitter: string,
  body: Buffer,
): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  const key = keyIn(header);
  if (key === undefined)
    throw new InvalidSubmission(422, 'The request has faults.', [faultOf('idempotency_key', 'key')]);
  return { submitter, keyHash: sha256(key), bodyHash: sha256(body) };
}

/** `"k"` and `k` are one key. */
function keyIn(header: string): string | undefined {
  return BARE.test(header) ? header : QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
}

function sha256(content: string | Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
