import * as z from 'zod/mini';
import { FIELDS, type Field } from '../contract/catalogue.ts';
import { Problem, type Fault } from '../runtime/problem.ts';
import { hasValidCheckDigit } from './npi.ts';
import type { Submission } from './request.ts';
import { hasLength, hasSeenEdges, isPrintable, isWhole } from './text-rules.ts';

/** What the caller is told of each rule; the rule's name also goes into the log. Values never do. */
const RULES = {
  required: 'is required',
  string: 'must be a string',
  length: 'is too short or too long',
  seen_edges: 'must begin and end with a character that is seen: no white space, no blank of any kind, no U+FFFD',
  whole: 'holds U+FFFD, which stands for text that was not UTF-8',
  printable: 'must hold printable characters only',
  ten_digits: 'must be ten digits',
  check_digit: 'must be an NPI with a valid check digit',
  icd_10_cm: 'must look like an ICD-10-CM code in capitals, as Z00.00',
  key: 'must be 1 to 255 visible ASCII characters, or a string in quotes as in RFC 8941',
  unknown_member: 'holds a member that this service does not know',
  object: 'must be a JSON object',
  unique_members: 'must not hold a member twice',
} as const;
type Rule = keyof typeof RULES;

export interface SubmissionFault extends Fault {
  readonly field: Field;
  readonly rule: string;
}

/** A refused submission: RFC 9457 `errors` holds every fault at once. */
export class InvalidSubmission extends Problem {
  override readonly faults: readonly SubmissionFault[];
  constructor(status: number, detail: string, faults: readonly SubmissionFault[], headers: Problem['headers'] = {}) {
    super(status, { detail, faults, headers });
    this.faults = faults;
  }
}

/**
 * ICD-10-CM: a category as in A00, C4A or (since the release of April 2026) QA0, then up to four digits or letters
 * after a dot (CDC/NCHS, tabular list). Capitals only: the text is stored as it came, and one code must not stand there
 * in two ways.
 */
const ICD_10_CM = /^[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])(?:\.[0-9A-Z]{1,4})?$/;

const text = (max: number) =>
  z.string(fault('string')).check(
    z.refine((value) => hasLength(value, max), fault('length')),
    z.refine(hasSeenEdges, fault('seen_edges')),
    z.refine(isWhole, fault('whole')),
    z.refine(isPrintable, fault('printable')),
  );

const shape = {
  member_id: text(64),
  provider_npi: z.string(fault('string')).check(z.regex(/^[0-9]{10}$/, fault('ten_digits'))),
  diagnosis_code: z.string(fault('string')).check(z.regex(ICD_10_CM, fault('icd_10_cm'))),
  requested_service: text(128),
};

export type ParseSubmission = (document: unknown) => Submission;

/**
 * Makes the parser of a submit body.
 * @returns a function that throws InvalidSubmission (422) with all faults at once.
 */
export function createSubmissionParser(npiCheckDigit: 'warn' | 'enforce'): ParseSubmission {
  const npi =
    npiCheckDigit === 'enforce'
      ? shape.provider_npi.check(
          z.refine((value) => !/^[0-9]{10}$/.test(value) || hasValidCheckDigit(value), fault('check_digit')),
        )
      : shape.provider_npi;
  const schema = z.strictObject({ ...shape, provider_npi: npi }, fault('object'));
  return (document) => {
    const result = schema.safeParse(document);
    if (result.success) return result.data;
    throw new InvalidSubmission(
      422,
      'The request has faults.',
      uniqueByField(result.error.issues.map((issue) => toFault(issue, document))),
    );
  };
}

function fault(rule: Rule): { error: Rule } {
  return { error: rule };
}

function toFault(issue: z.core.$ZodIssue, document: unknown): SubmissionFault {
  if (issue.code === 'unrecognized_keys') return faultOf('body', 'unknown_member');
  const field = FIELDS.find((name) => name === issue.path[0]) ?? 'body';
  return faultOf(field, isMissing(document, field) ? 'required' : (issue.message as Rule));
}

function isMissing(document: unknown, field: Field): boolean {
  return field !== 'body' && typeof document === 'object' && document !== null && !Object.hasOwn(document, field);
}

export function faultOf(field: Field, rule: Rule): SubmissionFault {
  return { field, rule, detail: RULES[rule] };
}

/** The first fault of each field: a text that is too long need not be called unprintable as well. */
function uniqueByField(faults: readonly SubmissionFault[]): SubmissionFault[] {
  return faults.filter((one, index) => faults.findIndex((other) => other.field === one.field) === index);
}
