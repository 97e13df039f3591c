/**
 * The work of the handler that layers are compared with: one span by the OpenTelemetry API, and its delivery where a
 * layer leaves that to the function.
 */
import { trace } from '@opentelemetry/api';
import { flush } from '../../functions/runtime/telemetry.ts';

export async function handler(): Promise<object> {
  trace.getTracer('bench').startActiveSpan('work', (span) => span.end());
  await flush();
  return { statusCode: 200, body: '{}' };
}
