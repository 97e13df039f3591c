import type { FastifyReply } from 'fastify';
import type { FixedStatus } from './answers.ts';

/** Errors of Lambda's API: the status and what it says. Nothing of the request is in it. */
const ERRORS = {
  AccessDeniedException: [403, 'Only the AWS CLI, an AWS SDK and the launcher’s own parts may invoke functions.'],
  InvalidParameterValueException: [400, 'A parameter is not valid.'],
  InvalidRequestContentException: [400, 'The payload is no JSON.'],
  RequestTooLargeException: [413, 'The payload is larger than 6 MB.'],
  ResourceNotFoundException: [404, 'There is no such function.'],
  ServiceException: [500, 'The emulator of Lambda does not answer.'],
  TooManyRequestsException: [429, 'Every environment of the function is busy.'],
} as const;

type LambdaError = keyof typeof ERRORS;

export function sendLambdaError(reply: FastifyReply, type: LambdaError): FastifyReply {
  const [status, message] = ERRORS[type];
  const user = status === 500 ? 'Service' : 'User';
  return reply
    .code(status)
    .header('x-amzn-errortype', type)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify({ Type: user, Message: message })));
}

const OF_STATUS: Partial<Record<FixedStatus, LambdaError>> = {
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  413: 'RequestTooLargeException',
  500: 'ServiceException',
  503: 'ServiceException',
};

/** What is refused before a function is looked for. */
export function sendRefusal(reply: FastifyReply, status: FixedStatus): FastifyReply {
  return sendLambdaError(reply, OF_STATUS[status] ?? 'InvalidParameterValueException');
}
