import type { IncomingMessage, RequestListener } from 'node:http';
import { createListener, HttpError, type Answer } from '../http.ts';
import { failed } from './answers.ts';
import type { Route } from './routes.ts';

/** Serves routes that can only be read (GET, HEAD); every failure has Jaeger's error shape. */
export function createApi(routes: readonly Route[]): RequestListener {
  function answer(request: IncomingMessage): Answer | Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new HttpError(405, 'only GET and HEAD are answered', { headers: { allow: 'GET, HEAD' } });
    }
    const [path = '', ...query] = (request.url ?? '').split('?');
    for (const route of routes) {
      const match = route.path.exec(path);
      if (match) return route.answer(new URLSearchParams(query.join('?')), decode(match[1] ?? ''));
    }
    throw new HttpError(404, 'no such resource');
  }
  return createListener(answer, ({ status, message, headers }) => ({ ...failed(status, message), headers }));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new HttpError(400, 'the path is not valid percent-encoding', { cause });
  }
}
