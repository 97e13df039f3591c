/** The shapes in which log lines come to the bridge. Pure. */
import { gunzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import type { LogLine } from '../series/emf.ts';
import { Refusal } from '../series/refusal.ts';

/** Beyond what CloudWatch Logs sends at once; a small payload that grows past this is an attack or a mistake. */
const MAX_DECOMPRESSED_BYTES = 32 * 1024 * 1024;

const Direct = z.object({ awslogs: z.object({ data: z.string() }) });
const Queued = z.object({ Records: z.array(z.object({ body: z.string() })) });

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
const Payload = z.discriminatedUnion('messageType', [
  z.object({ messageType: z.literal('CONTROL_MESSAGE') }),
  z.object({
    messageType: z.literal('DATA_MESSAGE'),
    owner: z.string(),
    logGroup: z.string(),
    logStream: z.string(),
    logEvents: z.array(z.object({ id: z.string(), message: z.string() })),
  }),
]);

/**
 * The deliveries that an invocation holds: itself, or one per SQS message (the way back from the dead-letter queue,
 * where each body is the event of an invocation that failed).
 */
export function deliveriesOf(event: unknown): unknown[] {
  const queued = Queued.safeParse(event);
  return queued.success ? queued.data.Records.map(({ body }) => parseJson(body) ?? body) : [event];
}

/**
 * The lines of one delivery; a control message has none.
 * @throws Refusal when it cannot be read at all.
 */
export function linesOf(delivery: unknown): LogLine[] {
  const direct = Direct.safeParse(delivery);
  if (!direct.success) throw new Refusal('payload_not_a_delivery');
  const payload = Payload.safeParse(parseJson(gunzip(direct.data.awslogs.data)));
  if (!payload.success) throw new Refusal('payload_malformed');
  if (payload.data.messageType === 'CONTROL_MESSAGE') return [];
  const { owner, logGroup, logStream, logEvents } = payload.data;
  return logEvents.map(({ id, message }) => ({ owner, logGroup, logStream, id, message }));
}

function gunzip(base64: string): string {
  try {
    const options = { maxOutputLength: MAX_DECOMPRESSED_BYTES };
    return gunzipSync(Buffer.from(base64, 'base64'), options).toString('utf8');
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new Refusal(isTooLarge ? 'payload_too_large' : 'payload_not_gzip');
  }
}

/** What is not JSON becomes undefined, which no shape above accepts. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
