/** The settings of the optional job that scrapes a deployed sandbox. */
import * as z from 'zod/mini';
import { presentIn } from '../../../functions/contract/settings-rules.ts';
import type { Sandbox } from './sandbox.ts';

const https = z.url({ protocol: /^https$/, error: 'must be an https:// address' });
const text = z.string({ error: 'is missing' });
const Settings = z.object({
  SANDBOX_METRICS_URL: https,
  SANDBOX_TOKEN_URL: https,
  SANDBOX_CLIENT_ID: text,
  SANDBOX_CLIENT_SECRET: text,
  SANDBOX_SCOPE: z.optional(z.string()),
});

/** Reads the environment (`.env` is loaded by local/machine/settings.ts before). */
export function readSandbox(): Sandbox | undefined {
  return parseSandbox(process.env);
}

/**
 * @returns undefined when SANDBOX_METRICS_URL is unset or empty: the job is off
 * @throws Error that lists every fault
 */
export function parseSandbox(environment: NodeJS.ProcessEnv): Sandbox | undefined {
  const set = presentIn(environment);
  if (set['SANDBOX_METRICS_URL'] === undefined) return undefined;
  const result = Settings.safeParse(set);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new Error(`Invalid settings:\n${faults.join('\n')}`);
  }
  const { SANDBOX_METRICS_URL, SANDBOX_TOKEN_URL, SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, SANDBOX_SCOPE } =
    result.data;
  return {
    metricsUrl: new URL(SANDBOX_METRICS_URL),
    tokenUrl: new URL(SANDBOX_TOKEN_URL),
    clientId: SANDBOX_CLIENT_ID,
    clientSecret: SANDBOX_CLIENT_SECRET,
    scope: SANDBOX_SCOPE,
  };
}
