import type { HttpRequest } from '../runtime/http.ts';
import { InvalidSubmission } from './schema.ts';

export const MAX_BODY_BYTES = 64 * 1024;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const JSON_MEDIA_TYPE = /^application\/(json|[\w.+-]+\+json)$/i;

/**
 * The JSON document of a request.
 * @throws InvalidSubmission 415 not JSON by its media type, 413 over 64 KB, 400 not JSON in fact.
 */
export function readDocument(request: HttpRequest): unknown {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  if (!JSON_MEDIA_TYPE.test(mediaType.trim())) {
    throw refused(415, 'media_type', 'Send the request as application/json.');
  }
  if (request.body.length > MAX_BODY_BYTES) {
    throw refused(413, 'size', `The body may hold ${MAX_BODY_BYTES / 1024} KB at most.`);
  }
  try {
    return JSON.parse(strictUtf8.decode(request.body));
  } catch {
    throw refused(400, 'json', 'The body is not JSON.');
  }
}

function refused(status: 400 | 413 | 415, rule: string, detail: string): InvalidSubmission {
  return new InvalidSubmission(status, detail, [{ field: 'body', rule, detail }]);
}
