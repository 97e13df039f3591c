/** What CloudWatch Logs does between a log group and the bridge: the filter, the batch, base64 over gzip. Pure. */
import { gzipSync } from 'node:zlib';
import { NAMESPACE } from '../../../functions/contract/catalogue.ts';
import type { Line } from './tail.ts';

/** CloudWatch's own ids have 56 digits; ours are the line's place in the spool, so a line sent again keeps its id. */
const ID_DIGITS = 56;

/**
 * The subscription filter `{ $._aws.CloudWatchMetrics[0].Namespace = "PriorAuth" }`, near enough for lines of one
 * writer.
 */
export function matches(line: string): boolean {
  return line.startsWith('{') && line.includes(`"Namespace":"${NAMESPACE}"`);
}

/** A subscription event as Lambda gets it. */
export function toSubscriptionEvent(lines: readonly Line[], timestamp: number): { awslogs: { data: string } } {
  const message = {
    messageType: 'DATA_MESSAGE',
    owner: '000000000000',
    logGroup: '/local/prior-auth',
    logStream: 'spool',
    subscriptionFilters: ['bridge'],
    logEvents: lines.map((line) => ({
      id: String(line.offset).padStart(ID_DIGITS, '0'),
      timestamp,
      message: line.text,
    })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(message)).toString('base64') } };
}
