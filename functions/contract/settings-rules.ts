/** Rules of settings that several parts read, each in a way of its own: zod, the layer without it, the CDK. Pure. */

/** DATABASE_URL, as `z.url` takes a rule. Plain literals, so that a bundle that does not read it leaves it out. */
export const DATABASE_URL_RULE = {
  protocol: /^postgres(ql)?$/,
  error: 'must be postgresql://user:password@host:5432/database',
};

/** For who needs no zod. @returns the rule that DATABASE_URL breaks; undefined: none. */
export function databaseUrlFault(text: string | undefined): string | undefined {
  if (!text) return `is not set: it ${DATABASE_URL_RULE.error}`;
  const protocol = URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : '';
  return DATABASE_URL_RULE.protocol.test(protocol) ? undefined : DATABASE_URL_RULE.error;
}

/**
 * OTEL_EXPORTER_OTLP_ENDPOINT, to whose path `/v1/traces` is added.
 * @returns the rule that it breaks; undefined: none
 */
export function otlpEndpointFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL, such as http://localhost:4318';
  if (url.search + url.hash !== '') return 'must have no query and no fragment';
  if (!isPercentEncoded(url.username + url.password)) return 'must have percent-encoded credentials';
  return /\/v1\/traces\/*$/.test(url.pathname)
    ? 'must be the base URL without /v1/traces: the code adds it'
    : undefined;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Without what is empty: an empty variable counts as unset. */
export function presentIn<Value>(environment: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
