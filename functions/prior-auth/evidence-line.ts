/** Lines of the evidence log. Flat JSON as all other lines; each says by its members what it is. */
import { SERVICE } from '../contract/catalogue.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Head } from './head.ts';
import { toRequestId } from '../contract/request-id.ts';
import type { SubmitLine } from '../contract/wide-line.ts';
import type { Tombstone } from './tombstone.ts';

export function checkpointLine(checkpoint: Checkpoint): string {
  return line({ message: 'Checkpoint', checkpoint });
}

export function tombstoneLine(tombstone: Tombstone): string {
  return line({ message: 'Tombstone', tombstone });
}

/** In the place of a request's own line, which never came. */
export function reconciledLine(requestId: number, { seq, hash }: Head): string {
  return line({
    message: 'Witnessed from the row',
    request_id: toRequestId(requestId),
    audit_seq: seq,
    audit_head: hash,
    reconciled: true,
  } satisfies Partial<SubmitLine> & { readonly message: string; readonly reconciled: true });
}

function line(members: object): string {
  return `${JSON.stringify({ level: 'INFO', service: SERVICE, ...members })}\n`;
}
