/** What a deployment may choose, by `--context name=value` or in cdk.json: read once, and every fault told at once. */
import * as z from 'zod/mini';
import { otlpEndpointFault, presentIn } from '../functions/contract/settings-rules.ts';
import { assignable, RESERVATION_MINIMUM } from './concurrency.ts';

/** All that is wrong with the context, in one error. */
export class ContextError extends Error {
  override readonly name = 'ContextError';
}

const STAGES = ['sandbox', 'production'] as const;
export type Stage = (typeof STAGES)[number];

/** Aurora scales by half units of about 2 GiB each; 0 lets it pause (Aurora PostgreSQL 16.3 and later). */
const capacity = z.coerce
  .number('must be a number')
  .check(z.gte(0), z.lte(256), z.multipleOf(0.5, 'must be a multiple of 0.5'));
const collector = z.url({ protocol: /^https?$/, error: 'must be jaeger, off or an http(s) URL' });
function whole(least: number, rule = `must be a whole number from ${least}`) {
  return z.coerce.number(rule).check(z.int(rule), z.gte(least, rule));
}

const Context = z.object({
  stage: z.enum(STAGES),
  /** Who signs the tokens. Without it the stack brings a Cognito user pool of its own. */
  issuer: z.optional(z.url({ protocol: /^https$/, error: 'must be an https URL' })),
  /** The `aud` (or `client_id`) that a token must have: one, or several with commas between. */
  audience: z.optional(z.string().check(z.minLength(1))),
  /** `jaeger`: a private Jaeger task; `off`: no traces leave the functions; otherwise the base URL of a collector. */
  otlp: z._default(z.union([z.enum(['jaeger', 'off']), collector]), 'jaeger'),
  /** Share of traces kept that are neither slow nor failed. */
  'traces-ratio': z._default(z.coerce.number().check(z.gte(0), z.lte(1)), 1),
  /** Concurrent executions reserved for all functions together; `none` leaves it to the account. */
  concurrency: z.optional(
    z.union([z.literal('none'), whole(RESERVATION_MINIMUM, `must be none or at least ${RESERVATION_MINIMUM}`)]),
  ),
  /** What API Gateway lets through, in requests per second, and at once. */
  rate: z._default(whole(1), 50),
  burst: z._default(whole(1), 100),
  'min-capacity': z.optional(capacity),
  'max-capacity': z.optional(capacity),
  /** How Aurora is paid for: by each I/O, or none of them and a third more for everything else. */
  storage: z._default(z.enum(['standard', 'io-optimized']), 'standard'),
  /** Who is told of alarms; has to confirm a message from AWS. */
  'alarm-email': z.optional(z.email('must be an e-mail address')),
});
type Context = z.infer<typeof Context>;
const All = z.record(z.string(), z.unknown());
/** Names of the CDK's own. */
const OF_CDK = /:|^cli-telemetry$/;

/** Settings as constructs take them. */
export interface Settings {
  readonly stage: Stage;
  /** Undefined: a user pool of the stack's own. */
  readonly tokens: { readonly issuer: string; readonly audience: readonly string[] } | undefined;
  readonly otlp: 'jaeger' | 'off' | URL;
  readonly tracesRatio: number;
  readonly concurrency: number | undefined;
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** In Aurora capacity units. */
  readonly capacity: { readonly least: number; readonly most: number };
  readonly storage: Context['storage'];
  readonly alarmEmail: string | undefined;
}

/** With an account's usual quota of 1,000, of which Lambda keeps 100 free for all that reserves nothing. */
const CONCURRENCY: Record<Stage, number> = { sandbox: 50, production: 500 };
const CAPACITY: Record<Stage, Settings['capacity']> = {
  sandbox: { least: 0.5, most: 2 },
  production: { least: 1, most: 16 },
};

/**
 * @param context all that `app.node.getAllContext()` has
 * @throws ContextError
 */
export function readSettings(context: unknown): Settings {
  const own = Object.fromEntries(Object.entries(presentIn(All.parse(context))).filter(([name]) => !OF_CDK.test(name)));
  const parsed = Context.safeParse(own);
  const unknown = Object.keys(own).filter((name) => !(name in Context.shape));
  const faults = [
    ...unknown.map((name) => `${name} is unknown; known are ${Object.keys(Context.shape).join(', ')}`),
    ...(parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${describe(issue, own)}`) ?? []),
    ...(parsed.success ? contradictions(parsed.data) : []),
  ];
  if (!parsed.success || faults.length > 0) throw new ContextError(`Invalid context: ${faults.join('; ')}`);
  return toSettings(parsed.data);
}

function describe(issue: z.core.$ZodIssue, own: Record<string, unknown>): string {
  if (own[String(issue.path[0])] === undefined) return 'is not set';
  return issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : issue.message;
}

function contradictions(context: Context): string[] {
  const { least, most } = capacityOf(context);
  const concurrency = context.concurrency ?? CONCURRENCY[context.stage];
  const connections = assignable({ least, most });
  return [
    ...((context.issuer === undefined) === (context.audience === undefined)
      ? []
      : ['issuer and audience go together: one says who signs a token, the other for whom']),
    ...(isBare(context.otlp)
      ? []
      : ['otlp must be a base URL, without credentials (an environment is no place for them), query or /v1/traces']),
    ...(least <= most && most >= 1 ? [] : ['max-capacity must be at least 1, and at least min-capacity']),
    ...(context.stage === 'production' && concurrency === 'none'
      ? ['concurrency must be a number in production: without it nothing caps the connections to the database']
      : []),
    ...(concurrency !== 'none' && concurrency > connections
      ? [`concurrency ${concurrency} is more than the ${connections} connections of a database of ${most} units`]
      : []),
  ];
}

/** As layers/otel takes an endpoint, without credentials. */
function isBare(otlp: string): boolean {
  if (!URL.canParse(otlp)) return true;
  const { username, password } = new URL(otlp);
  return username + password === '' && otlpEndpointFault(otlp) === undefined;
}

function capacityOf(context: Context): Settings['capacity'] {
  const { least, most } = CAPACITY[context.stage];
  return { least: context['min-capacity'] ?? least, most: context['max-capacity'] ?? most };
}

function toSettings(context: Context): Settings {
  const { issuer, audience, otlp } = context;
  const concurrency = context.concurrency ?? CONCURRENCY[context.stage];
  return {
    stage: context.stage,
    tokens:
      issuer === undefined ? undefined : { issuer, audience: (audience ?? '').split(',').map((one) => one.trim()) },
    otlp: otlp === 'jaeger' || otlp === 'off' ? otlp : new URL(otlp),
    tracesRatio: context['traces-ratio'],
    concurrency: concurrency === 'none' ? undefined : concurrency,
    throttle: { rate: context.rate, burst: context.burst },
    capacity: capacityOf(context),
    storage: context.storage,
    alarmEmail: context['alarm-email'],
  };
}
