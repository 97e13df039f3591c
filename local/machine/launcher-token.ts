import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** The header in which the launcher's own parts show that they may invoke functions. */
export const TOKEN_HEADER = 'x-launcher-token';

const TOKEN_BYTES = 32;

/** Makes the token of one run, and leaves it where only this user reads it. */
export function writeToken(file: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  rmSync(file, { force: true });
  writeFileSync(file, token, { mode: 0o600 });
  return token;
}

/** The token of the launcher that runs; undefined when none does. */
export function readToken(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
