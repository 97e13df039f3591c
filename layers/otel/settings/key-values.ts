/**
 * Parses `key1=value1,key2=value2` as OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS have it: keys and values
 * percent-encoded, white space around them ignored (OpenTelemetry specification, "Resource SDK" and "OTLP Exporter").
 * @throws Error whose message is the rule that is broken; it never holds a value, which may be a secret.
 */
export function parseKeyValues(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(pairs.map(parsePair));
}

function parsePair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  const key = decode(pair.slice(0, Math.max(equals, 0)));
  if (key === '') throw new Error('must be key=value pairs separated by commas');
  return [key, decode(pair.slice(equals + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    throw new Error('must be percent-encoded (a literal % is %25)');
  }
}
