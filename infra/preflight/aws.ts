/** How AWS is asked: in one place, within a time, and never with a stack trace for an answer. */
import type { STSClientConfig } from '@aws-sdk/client-sts';
import * as z from 'zod/mini';
import { faulty, type Faulty } from './finding.ts';
import type { Place } from './settings.ts';

/** For one question with its second attempt. */
const LIMIT_MS = 10_000;
const ATTEMPTS = 2;

export interface Aws {
  readonly region: string;
  /** For any client of the SDK. */
  readonly config: Pick<STSClientConfig, 'region' | 'maxAttempts' | 'profile' | 'credentials'>;
  readonly limitMs: number;
}

export function reach({ profile, credentials }: Omit<Place, 'region'>, region: string, limitMs = LIMIT_MS): Aws {
  const config = {
    region,
    maxAttempts: ATTEMPTS,
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  return { region, config, limitMs };
}

/** AWS, the SDK or the way to it answered something else than what was asked; `name` is what they call it. */
export class AwsError extends Error {
  /** That was asked for, as IAM names it: `ssm:GetParameter`. */
  readonly action: string;

  constructor(action: string, cause: unknown) {
    super(cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '', { cause });
    this.name = nameOf(cause);
    this.action = action;
  }
}

/**
 * Waits no longer than the limit, also for what takes no signal: a login, a `credential_process`.
 * @param action as IAM names it
 * @throws AwsError
 */
export async function ask<T>(
  action: string,
  { limitMs }: Pick<Aws, 'limitMs'>,
  work: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('', 'TimeoutError')));
  });
  try {
    return await Promise.race([work(signal), late]);
  } catch (error) {
    throw new AwsError(action, error);
  }
}

const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);
const NETWORK = 'Check the way to the Internet (proxy, VPN, DNS), and that AWS has this region.';

/** The fault that an AwsError is. Of what AWS says only the name is shown: its texts may quote a request. */
export function refused(error: unknown, { region, limitMs }: Aws): Faulty {
  if (!(error instanceof AwsError)) throw error;
  const { action, name } = error;
  const service = `${action.split(':')[0] ?? ''} in ${region}`;
  if (DENIED.has(name)) {
    return faulty(
      `may not be read: ${action} is denied`,
      `Allow ${action} to this identity, or use one that may deploy.`,
    );
  }
  if (name === 'TimeoutError') return faulty(`no answer from ${service} in ${limitMs / 1000} s`, NETWORK);
  if (UNREACHABLE.has(name)) return faulty(`${service} cannot be reached (${name})`, NETWORK);
  const status = statusOf(error.cause);
  const observed = `${action} failed: ${name}${status === undefined ? '' : ` (HTTP ${status})`}`;
  return faulty(observed, `Look up ${name} among the errors of ${action} in AWS’s reference, and try again.`);
}

/** The name that AWS, the SDK or Node gave to an error. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const Answered = z.object({ $metadata: z.object({ httpStatusCode: z.optional(z.number()) }) });

function statusOf(error: unknown): number | undefined {
  return Answered.safeParse(error).data?.$metadata.httpStatusCode;
}
