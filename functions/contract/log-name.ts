/**
 * The name of the log of `npm run local`, without its ending: the launcher writes it, verify and purge read it. Each
 * database has a log of its own, whoever connects to it.
 * @param databaseUrl undefined: the launcher's own database
 * @param sha256 of a text, in hex: the contract imports nothing
 */
export function logNameOf(databaseUrl: string | undefined, sha256: (text: string) => string): string {
  if (databaseUrl === undefined) return 'functions';
  const { host, pathname } = new URL(databaseUrl);
  return `functions-${sha256(host + pathname).slice(0, 8)}`;
}
