import type { Options } from './options.ts';

/** Where AWS is asked, and as whom, by the rules of `cdk` 2.1148: the SDK alone would choose otherwise. */
export interface Place {
  /** With the name of where it is set; undefined: the SDK looks into the profile and asks the machine. */
  readonly region: { readonly name: string; readonly source: string } | undefined;
  readonly profile: string | undefined;
  /** Keys in the environment come before AWS_PROFILE. */
  readonly credentials:
    { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string } | undefined;
}

const REGION_VARIABLES = ['AWS_REGION', 'AMAZON_REGION', 'AWS_DEFAULT_REGION', 'AMAZON_DEFAULT_REGION'];

export function readPlace({ region, profile }: Pick<Options, 'region' | 'profile'>): Place {
  const source = REGION_VARIABLES.find((name) => process.env[name]);
  const inEnvironment = source === undefined ? undefined : { name: process.env[source] ?? '', source };
  return {
    region: region === undefined ? inEnvironment : { name: region, source: '--region' },
    profile: profile ?? (process.env['AWS_PROFILE'] || process.env['AWS_DEFAULT_PROFILE'] || undefined),
    credentials: profile === undefined ? readKeys() : undefined,
  };
}

function readKeys(): Place['credentials'] {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: token,
  } = process.env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) };
}
