import type { HttpRequest } from '../runtime/http.ts';
import { readDocument } from './document.ts';
import { readIdempotencyKey, type IdempotencyKey } from './idempotency.ts';
import type { Submission } from './request.ts';
import { createSubmissionParser, InvalidSubmission } from './schema.ts';

interface Read {
  readonly submission: Submission;
  readonly key: IdempotencyKey | undefined;
}

/**
 * Makes the reader of a submit: its body, and its key in the scope of the submitter.
 * @returns a function that throws InvalidSubmission with the faults of both: with the body's status, or 422 for a key
 *   alone.
 */
export function createSubmissionReader(npiCheckDigit: 'warn' | 'enforce') {
  const parse = createSubmissionParser(npiCheckDigit);
  return (request: HttpRequest, submitter: string): Read => {
    const readKey = () => readIdempotencyKey(request.headers['idempotency-key'], submitter, request.body);
    let submission: Submission;
    try {
      submission = parse(readDocument(request));
    } catch (refusal) {
      throw refusal instanceof InvalidSubmission ? withFaultsOf(refusal, readKey) : refusal;
    }
    return { submission, key: readKey() };
  };
}

function withFaultsOf(refusal: InvalidSubmission, read: () => unknown): InvalidSubmission {
  try {
    read();
    return refusal;
  } catch (other) {
    if (!(other instanceof InvalidSubmission)) throw other;
    const { status, detail = '', faults, headers } = refusal;
    return new InvalidSubmission(status, detail, [...faults, ...other.faults], headers);
  }
}
