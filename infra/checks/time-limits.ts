/**
 * Whether everything that may take time is within what waits for it: lock < statement < deadline < Lambda < API
 * Gateway. Pure.
 */
import * as z from 'zod/mini';
import { resourcesOf, type Fault, type Template } from './template.ts';

const milliseconds = z.optional(z.coerce.number());
const LambdaFunction = z.object({
  // Three seconds are Lambda’s own.
  Timeout: z._default(z.number(), 3),
  Environment: z._default(
    z.object({
      Variables: z.object({
        DATABASE_CONNECT_TIMEOUT_MS: milliseconds,
        DATABASE_LOCK_TIMEOUT_MS: milliseconds,
        DATABASE_STATEMENT_TIMEOUT_MS: milliseconds,
        REQUEST_DEADLINE_MS: milliseconds,
        OTEL_FLUSH_DEADLINE_MS: milliseconds,
      }),
    }),
    { Variables: {} },
  ),
});
const Integration = z.object({ TimeoutInMillis: z.number() });

/** API Gateway waits no longer for an HTTP API's integration. */
const GATEWAY_MS = 30_000;
/**
 * functions/runtime/serve.ts gives up this long before the platform cuts in: for the log line, the flush, the answer.
 */
const ANSWER_MARGIN_MS = 700;

export function timeLimitFaults(template: Template): Fault[] {
  const waits = resourcesOf(template, 'AWS::ApiGatewayV2::Integration', Integration);
  const shortestWait = Math.min(...waits.map(({ properties }) => properties.TimeoutInMillis));
  return [
    ...waits.flatMap(({ id, properties }) =>
      broken(id, [['the integration', properties.TimeoutInMillis, 'what API Gateway allows', GATEWAY_MS]]),
    ),
    ...resourcesOf(template, 'AWS::Lambda::Function', LambdaFunction).flatMap(({ id, properties }) =>
      broken(id, stepsOf(properties, shortestWait)),
    ),
  ];
}

/** One limit that must be below another; a limit that is not set is nobody's business. */
type Step = [inner: string, innerMs: number | undefined, outer: string, outerMs: number | undefined];

function stepsOf({ Timeout, Environment }: z.infer<typeof LambdaFunction>, gatewayWaits: number): Step[] {
  const variables = Environment.Variables;
  const execution = Timeout * 1000;
  const deadline = variables.REQUEST_DEADLINE_MS;
  const statement = variables.DATABASE_STATEMENT_TIMEOUT_MS;
  return [
    ['lock', variables.DATABASE_LOCK_TIMEOUT_MS, 'statement', statement],
    ['connect', variables.DATABASE_CONNECT_TIMEOUT_MS, 'statement', statement],
    ['statement', statement, 'execution', execution],
    ['statement', statement, 'request', deadline],
    ['request', deadline && deadline + ANSWER_MARGIN_MS, 'execution less the margin of an answer', execution],
    ['flush', variables.OTEL_FLUSH_DEADLINE_MS, 'the margin of an answer', ANSWER_MARGIN_MS],
    ['execution', deadline && execution, 'what API Gateway waits', gatewayWaits],
  ];
}

function broken(resource: string, steps: readonly Step[]): Fault[] {
  return steps.flatMap(([inner, innerMs, outer, outerMs]) =>
    innerMs === undefined || outerMs === undefined || (innerMs > 0 && innerMs < outerMs)
      ? []
      : [{ resource, text: `${inner} (${innerMs} ms) must be shorter than ${outer} (${outerMs} ms)` }],
  );
}
