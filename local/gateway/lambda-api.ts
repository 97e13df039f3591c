/**
 * Lambda's Invoke API for the AWS CLI, the SDKs and the launcher's own parts.
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html)
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import { sendLambdaError, sendRefusal } from './lambda-errors.ts';
import { describeFailure } from './function-failure.ts';
import type { Functions, Outcome } from '../embedded/api/functions.ts';
import { createServer } from './server.ts';
import { TOKEN_HEADER } from '../machine/launcher-token.ts';

/** Of Lambda, for a payload. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const EMPTY_EVENT = '{}';

const Params = z.object({ functionName: z.string() });
const InvocationType = z._default(z.enum(['RequestResponse', 'Event', 'DryRun']), 'RequestResponse');

export function createLambdaApi(functions: Functions, token: string): FastifyInstance {
  const server = createServer({
    maxBodyBytes: MAX_PAYLOAD_BYTES,
    refuse: sendRefusal,
    isEntitled: (request) => isEntitled(request, token),
  });
  server.post('/2015-03-31/functions/:functionName/invocations', (request, reply) => answer(functions, request, reply));
  return server;
}

/**
 * Whether a caller signed the request, as the CLI and the SDKs do, or has this run's token. What is signed is not
 * checked: a page cannot send either header without a preflight, which is refused.
 */
function isEntitled({ headers }: FastifyRequest, token: string): boolean {
  const given = headers[TOKEN_HEADER];
  if (typeof given === 'string') {
    const [mine, yours] = [Buffer.from(token), Buffer.from(given)];
    return mine.length === yours.length && timingSafeEqual(mine, yours);
  }
  return headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
}

async function answer(functions: Functions, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { functionName } = Params.parse(request.params);
  if (!Object.hasOwn(functions.slots, functionName)) return sendLambdaError(reply, 'ResourceNotFoundException');
  const type = InvocationType.safeParse(request.headers['x-amz-invocation-type']);
  if (!type.success) return sendLambdaError(reply, 'InvalidParameterValueException');
  const event = readPayload(request.body);
  if (event === undefined) return sendLambdaError(reply, 'InvalidRequestContentException');
  reply.header('x-amz-executed-version', '$LATEST');
  if (type.data === 'DryRun') return reply.code(204).send();
  const invoked = invoke(functions, functionName, event);
  if (type.data === 'Event') return reply.code(202).send();
  return sendOutcome(reply, await invoked);
}

function invoke(functions: Functions, functionName: string, event: string): Promise<Outcome | undefined> {
  const place = functions.enter(functionName);
  return place === undefined ? Promise.resolve(undefined) : place.run(() => functions.invoke(functionName, event));
}

function sendOutcome(reply: FastifyReply, outcome: Outcome | undefined): FastifyReply {
  if (outcome === undefined) return sendLambdaError(reply, 'TooManyRequestsException');
  if (outcome === 'away') return sendLambdaError(reply, 'ServiceException');
  if (outcome.isFailed) reply.header('x-amz-function-error', 'Unhandled');
  const payload = outcome.isFailed ? JSON.stringify(describeFailure(outcome.payload)) : outcome.payload || 'null';
  // Bytes: fastify would add a charset to the type of a text.
  return reply.header('content-type', 'application/json').send(Buffer.from(payload));
}

/** @returns undefined of what is no JSON */
function readPayload(body: unknown): string | undefined {
  if (!Buffer.isBuffer(body) || body.length === 0) return EMPTY_EVENT;
  const text = body.toString('utf8');
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
