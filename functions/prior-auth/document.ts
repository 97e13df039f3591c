import type { HttpRequest } from '../runtime/http.ts';
import { hasDuplicateMember } from './duplicate-member.ts';
import { faultOf, InvalidSubmission } from './schema.ts';

export const MAX_BODY_BYTES = 64 * 1024;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const JSON_MEDIA_TYPE = /^application\/(json|[\w.+-]+\+json)$/i;
const NO_CODING = /^(identity)?$/i;

/**
 * The JSON document of a request.
 * @throws InvalidSubmission 415 not JSON by its media type or in a content coding, 413 over 64 KB, 400 not JSON in
 *   fact, 422 with a member that stands twice in one object.
 */
export function readDocument(request: HttpRequest): unknown {
  refuseOtherTypes(request.headers);
  if (request.body.length > MAX_BODY_BYTES) {
    throw refused(413, 'size', `The body may hold ${MAX_BODY_BYTES / 1024} KB at most.`);
  }
  const { text, document } = parse(request.body);
  if (hasDuplicateMember(text)) {
    throw new InvalidSubmission(422, 'The request has faults.', [faultOf('body', 'unique_members')]);
  }
  return document;
}

function refuseOtherTypes(headers: HttpRequest['headers']): void {
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  if (!JSON_MEDIA_TYPE.test(mediaType.trim())) {
    throw refused(415, 'media_type', 'Send the request as application/json.');
  }
  if (!NO_CODING.test((headers['content-encoding'] ?? '').trim())) {
    // RFC 9110, section 12.5.3: the header tells that the coding is at fault, not the media type.
    throw refused(415, 'content_encoding', 'Send the body as it is, not compressed.', {
      'accept-encoding': 'identity',
    });
  }
}

function parse(body: Buffer): { text: string; document: unknown } {
  try {
    const text = strictUtf8.decode(body);
    return { text, document: JSON.parse(text) };
  } catch {
    throw refused(400, 'json', 'The body is not JSON.');
  }
}

function refused(status: 400 | 413 | 415, rule: string, detail: string, headers = {}): InvalidSubmission {
  return new InvalidSubmission(status, detail, [{ field: 'body', rule, detail }], headers);
}
