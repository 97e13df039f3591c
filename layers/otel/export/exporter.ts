import type { Attributes } from '@opentelemetry/api';
import type { Breaker } from './breaker.ts';
import { ExportFailure, reasonOf } from './export-failure.ts';
import { countRejected, readRetryAfterMs } from './reply.ts';
import { isSuccess, type Reply } from '../http/response.ts';
import { encodeResource, encodeSpans } from './otlp-json.ts';
import type { HttpClient } from '../http/client.ts';
import type { Exporter } from '../trace/exporter.ts';
import type { RecordedSpan } from '../trace/span.ts';
import type { Warn } from '../warning.ts';

export interface ExporterParts {
  /** What makes the spans: the process, its function, its service. */
  readonly resource: Attributes;
  readonly client: HttpClient;
  readonly breaker: Breaker;
  readonly deadlineMs: number;
  readonly warn: Warn;
}

/**
 * OTLP/HTTP with JSON. Whatever happens an export is over within the deadline: spans that cannot be delivered are
 * dropped and counted, and an outage is said twice, when the breaker opens and when it is over.
 *
 * What is written passes the allow-list, the last step before the wire, so that nothing gets round it.
 */
export function createExporter({ resource, client, breaker, deadlineMs, warn }: ExporterParts): Exporter {
  const written = encodeResource(resource);
  let lost = 0;
  let saidRejected = false;

  async function send(spans: readonly RecordedSpan[]): Promise<void> {
    const reply = await client.post(encodeSpans(written, spans), deadlineMs);
    if (!isSuccess(reply)) throw new ExportFailure(`HTTP ${reply.status}`, readRetryAfterMs(reply, Date.now()));
    reportRejected(reply);
  }

  function reportRejected(reply: Reply): void {
    const rejected = countRejected(reply);
    if (rejected === 0 || saidRejected) return;
    saidRejected = true;
    warn('The collector refused spans; it will not be said again', { rejected_spans: rejected });
  }

  function failed(error: unknown): void {
    const restMs = breaker.failed(error instanceof ExportFailure ? error.retryAfterMs : undefined);
    if (restMs === undefined) return;
    warn('Traces cannot be delivered and are dropped', { reason: reasonOf(error), rest_ms: restMs });
  }

  function succeeded(): void {
    if (breaker.succeeded()) warn('Traces are delivered again', { lost_spans: lost });
    lost = 0;
  }

  return {
    async export(spans) {
      try {
        if (breaker.admits()) {
          await send(spans);
          succeeded();
          return true;
        }
      } catch (error) {
        failed(error);
      }
      lost += spans.length;
      return false;
    },
  };
}
