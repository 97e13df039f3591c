/**
 * Whom a listener of this machine answers. Any page that a browser shows may send requests to 127.0.0.1: by a form,
 * by `fetch` without asking first, or under a name of its own that resolves here (DNS rebinding). The browser says
 * so in `Host`, `Origin` and `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/), and a page cannot change what
 * it says.
 */
import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface Policy {
  /** The port that `Host` must name; undefined for any. */
  readonly port?: number | undefined;
  /** One more name that `Host` may have. */
  readonly alias?: string | undefined;
  /** Whether a link on another page may lead here: for what a person looks at. */
  readonly links?: boolean;
}

/** Whether a request comes from this machine's own programs, or from a page that this listener has served. */
export function isOwnRequest(headers: IncomingHttpHeaders, policy: Policy): boolean {
  const host = headers.host?.toLowerCase() ?? '';
  return isOwnHost(host, policy) && isOwnOrigin(headers.origin, host) && isOwnSite(headers, policy);
}

const HTTP_PORT = 80;

function isOwnHost(host: string, { port, alias }: Policy): boolean {
  const [, name = '', given] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host) ?? [];
  return (LOOPBACK.includes(name) || name === alias) && (port === undefined || Number(given ?? HTTP_PORT) === port);
}

function isOwnOrigin(origin: string | undefined, host: string): boolean {
  return origin === undefined || origin.toLowerCase() === `http://${host}`;
}

function isOwnSite(headers: IncomingHttpHeaders, { links = false }: Policy): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  return site === undefined || site === 'same-origin' || site === 'none' || (links && mode === 'navigate');
}
