import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** API Gateway's name for a request, on each of its answers. */
export const REQUEST_ID_HEADER = 'apigw-requestid';

/**
 * What API Gateway answers by itself, in its fixed shape. Nothing of the request is ever in it.
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html)
 */
const MESSAGES = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

export type FixedStatus = keyof typeof MESSAGES;

export function fixedBody(status: FixedStatus): string {
  return `{"message":"${MESSAGES[status]}"}`;
}

export function sendFixed(reply: FastifyReply, status: FixedStatus): FastifyReply {
  if (!reply.hasHeader(REQUEST_ID_HEADER)) reply.header(REQUEST_ID_HEADER, randomUUID());
  return reply
    .code(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(fixedBody(status)));
}

/** The same for a request that could not be read, so that there is none to reply to. */
export function rawAnswer(status: FixedStatus): string {
  const body = fixedBody(status);
  return [
    `HTTP/1.1 ${status} ${MESSAGES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
