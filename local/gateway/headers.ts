/**
 * Headers as payload format 2.0 carries them: names in lower case, values of one name joined by commas, cookies
 * apart, and what belongs to the connection left out.
 */
export interface EventHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

/** RFC 9110, 7.6.1: of one connection, not of the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @param raw names and values in turn, as node has read them */
export function toEventHeaders(raw: readonly string[]): EventHeaders {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const cookies: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(';').map((cookie) => cookie.trim()));
    else if (!HOP_BY_HOP.has(name)) headers[name] = name in headers ? `${headers[name] ?? ''},${value}` : value;
  }
  return cookies.length === 0 ? { headers } : { headers, cookies };
}
