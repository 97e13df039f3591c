/** Every setting of `npm run local`: from the environment, then `.env`, then the defaults below. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { DATABASE_URL_RULE, otlpEndpointFault, presentIn } from '../../functions/contract/settings-rules.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A whole number within bounds; `rule` is what a person reads. */
const whole = (lowest: number, rule: string, highest = Number.MAX_SAFE_INTEGER) => {
  const error = { error: rule };
  return z.coerce.number(error).check(z.int(error), z.minimum(lowest, error), z.maximum(highest, error));
};
const port = (lowest = 1) => whole(lowest, 'must be a port', 65_535);
const milliseconds = (lowest = 1) => whole(lowest, 'must be a whole number of milliseconds');
const ratio = { error: 'must be from 0 to 1' };

const Settings = z.object({
  /** Address that every local part listens on. */
  HOST: z._default(z.enum(['127.0.0.1', 'localhost']), '127.0.0.1'),
  API_PORT: z._default(port(), 8000),
  /** Lambda's Invoke API, for the AWS CLI and SDKs. */
  LAMBDA_PORT: z._default(port(), 3002),
  /**
   * How many submits, and half as many reads, run at once: each has an environment and a connection to the
   * database of its own.
   */
  API_CONCURRENCY: z._default(whole(1, 'must be from 1 to 32', 32), 8),
  /** Of the embedded PostgreSQL. Unset: 5432, or a free one when 5432 is taken. */
  POSTGRES_PORT: z.optional(port()),
  OTLP_PORT: z._default(port(), 4318),
  /** Trace API and page. */
  TRACES_PORT: z._default(port(), 16686),
  /** A real Prometheus is started when it is on PATH; 0 leaves it out. */
  PROMETHEUS_PORT: z._default(port(0), 9090),
  /** Of the containers of `npm run stack`. */
  ALERTMANAGER_PORT: z._default(port(), 9093),
  GRAFANA_PORT: z._default(port(), 3000),
  /**
   * Of the containers' PostgreSQL (users prior_auth and prior_auth_grafana) and of Grafana's admin: for this machine
   * only.
   */
  POSTGRES_PASSWORD: z._default(z.string(), 'prior_auth'),
  PRIOR_AUTH_GRAFANA_PASSWORD: z._default(z.string(), 'prior_auth_grafana'),
  GRAFANA_PASSWORD: z._default(z.string(), 'admin'),
  /** Data, spool, logs of the embedded parts. */
  LOCAL_DIR: z._default(z.string(), '.local'),
  /** A PostgreSQL of your own instead of the embedded one. */
  DATABASE_URL: z.optional(z.url(DATABASE_URL_RULE)),
  /** An OTLP collector of your own instead of the embedded receiver: a base URL, /v1/traces is added by the code. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.optional(
    z.string().check(
      z.refine((text) => otlpEndpointFault(text) === undefined, {
        error: ({ input }) => otlpEndpointFault(String(input)),
      }),
    ),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: z._default(z.string(), ''),
  OTEL_SERVICE_NAME: z._default(z.string().check(z.minLength(1)), 'prior-auth-api'),
  OTEL_TRACES_SAMPLER_ARG: z._default(z.coerce.number(ratio).check(z.minimum(0, ratio), z.maximum(1, ratio)), 1),
  OTEL_SLOW_REQUEST_MS: z._default(milliseconds(0), 1000),
  OTEL_FLUSH_DEADLINE_MS: z._default(whole(1, 'must be from 1 to 600 milliseconds', 600), 500),
  NPI_CHECK_DIGIT: z._default(z.enum(['warn', 'enforce']), 'warn'),
  SIMULATE_SLOW_MEMBER: z._default(z.enum(['true', 'false']), 'true'),
  /** How often committed requests that were never counted are sought, as EventBridge does in the cloud. */
  RECONCILE_INTERVAL_SECONDS: z._default(whole(1, 'must be a whole number of seconds'), 60),
});
export type Settings = z.infer<typeof Settings>;

/**
 * Reads `.env` when there is one (a variable that is set wins over it) and validates everything.
 * @throws Error that lists every fault.
 */
export function readSettings(): Settings {
  const file = join(ROOT, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  return parseSettings(process.env);
}

/** An empty variable counts as unset. */
export function parseSettings(environment: NodeJS.ProcessEnv): Settings {
  const result = Settings.safeParse(presentIn(environment));
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const rule = issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : issue.message;
    return `  ${issue.path.join('.')} ${rule}`;
  });
  throw new Error(`Invalid settings:\n${faults.join('\n')}`);
}

/** Whether this process is the script of an `npm run`. */
export function isStartedByNpm(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined;
}

/**
 * What a child process needs of this one's environment to find its programs and trust its certificates, and nothing
 * else.
 */
export function baseEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, NODE_EXTRA_CA_CERTS } = process.env;
  return { PATH, HOME, LANG, TMPDIR, NODE_EXTRA_CA_CERTS };
}

/** The folder of a setting's path, absolute. */
export function localDirectory(settings: Settings): string {
  return resolve(ROOT, settings.LOCAL_DIR);
}
