import type { Route } from '../embedded/traces/api/routes.ts';
import type { Answer } from '../embedded/traces/http.ts';
import type { Assets } from './assets.ts';

/**
 * Everything from this server, nothing inline, nothing framed: what is injected into the page can load and run nothing.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page at each of its addresses (those of Jaeger's page, so that a link works there, too), and its files. */
export function pageRoutes({ html, js, css, icon }: Assets): Route[] {
  const page: Answer = {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: html,
    headers: { 'content-security-policy': CONTENT_SECURITY_POLICY },
  };
  const file = (type: string, body: string): Answer => ({ status: 200, type, body });
  return [
    { path: /^\/(?:search|monitor|trace\/[^/]+)?$/, answer: () => page },
    { path: /^\/console\.js$/, answer: () => file('text/javascript; charset=utf-8', js) },
    { path: /^\/console\.css$/, answer: () => file('text/css; charset=utf-8', css) },
    { path: /^\/favicon\.svg$/, answer: () => file('image/svg+xml', icon) },
  ];
}
