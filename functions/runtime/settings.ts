import * as z from 'zod/mini';
import { DATABASE_URL_RULE, presentIn } from '../contract/settings-rules.ts';

/** All that is wrong with the environment, in one error. It names variables and rules, never values. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** A whole number of milliseconds, with a default. */
export function milliseconds(byDefault: number) {
  const rule = 'must be a whole number of milliseconds';
  return z._default(z.coerce.number(rule).check(z.int(rule), z.positive(rule)), byDefault);
}

/** How to log in at PostgreSQL. */
export const loginSettings = {
  DATABASE_URL: z.url(DATABASE_URL_RULE),
  /**
   * `iam`: as the user of DATABASE_URL, by a token signed with the function's own credentials in place of a password;
   * needs DATABASE_CA_FILE. `password`, or unset: by the password of DATABASE_URL.
   */
  DATABASE_AUTH: z.optional(z.enum(['iam', 'password'])),
  /**
   * A file of authorities in PEM, one of which must vouch for the server under the name in DATABASE_URL, as by libpq's
   * `sslmode=verify-full`. Unset: TLS is as DATABASE_URL says, by default off.
   */
  DATABASE_CA_FILE: z.optional(z.string()),
};
export type LoginSettings = z.infer<z.ZodMiniObject<typeof loginSettings>>;

/** The function's own credentials, which Lambda sets. */
export const credentialSettings = {
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.optional(z.string()),
};

/**
 * Settings of every function that talks to PostgreSQL. The timeouts nest: connect and lock < statement < request <
 * Lambda.
 */
export const databaseSettings = {
  ...loginSettings,
  /** The role to act as after connecting; unset: the user of DATABASE_URL. */
  DATABASE_ROLE: z.optional(z.string().check(z.regex(/^[a-z_]+$/, 'must be a name of a-z and _'))),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds(2000),
  DATABASE_LOCK_TIMEOUT_MS: milliseconds(1000),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds(3000),
};
export type DatabaseSettings = z.infer<z.ZodMiniObject<typeof databaseSettings>>;

/** The answer is given at this time at the latest (504), or 700 ms before the platform cuts in, whichever is sooner. */
export const requestSettings = { REQUEST_DEADLINE_MS: milliseconds(8000) };

/**
 * The caller where no authorizer runs (`local` on a laptop). Unset, as in the cloud: a request without a token's claims
 * is refused.
 */
export const callerSettings = { ANONYMOUS_CALLER: z.optional(z.string().check(z.minLength(1))) };

/** Whether X-Ray gets a subsegment per request, by Powertools Tracer. */
export const tracerSettings = { POWERTOOLS_TRACE_ENABLED: z._default(z.stringbool(), false) };

/** The version that answers: the build's, set beside the bundle by whoever deploys it. */
export const versionSettings = { SERVICE_VERSION: z._default(z.string().check(z.minLength(1)), 'unknown') };

/**
 * Reads the environment; an empty variable counts as unset.
 * @throws SettingsError with every fault at once.
 */
export function readSettings<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodMiniObject<Shape>> {
  const present = presentIn(environment);
  const result = z.object(shape).safeParse(present);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    (issue) =>
      `${issue.path.join('.')} ${present[String(issue.path[0])] === undefined ? 'is not set' : describe(issue)}`,
  );
  throw new SettingsError(`Invalid settings: ${faults.join('; ')}`);
}

function describe(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : issue.message;
}
