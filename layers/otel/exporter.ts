import { ExportResultCode } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { redact } from './allow-list.ts';
import type { Breaker } from './breaker.ts';
import { ExportFailure, reasonOf } from './export-failure.ts';
import { countRejected, isSuccess, readRetryAfterMs } from './reply.ts';
import type { Reply, Transport } from './transport.ts';
import type { Warn } from './warning.ts';

export interface ExporterParts {
  readonly transport: Transport;
  readonly breaker: Breaker;
  readonly deadlineMs: number;
  readonly warn: Warn;
}

/**
 * OTLP/HTTP with JSON. Whatever happens the callback is called, within the deadline: spans that cannot be delivered are
 * dropped and counted, and an outage is said twice, when the breaker opens and when it is over.
 *
 * Every span passes the allow-list here, the last step before the wire, so that nothing gets round it.
 */
export function createExporter({ transport, breaker, deadlineMs, warn }: ExporterParts): SpanExporter {
  let lost = 0;
  let saidRejected = false;

  async function send(spans: readonly ReadableSpan[]): Promise<void> {
    const body = JsonTraceSerializer.serializeRequest(spans.map(redact));
    if (body === undefined) throw new Error('nothing was serialized');
    const reply = await transport.post(body, deadlineMs);
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

  async function attempt(spans: readonly ReadableSpan[]): Promise<boolean> {
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
  }

  return {
    export(spans, done) {
      void attempt(spans).then((ok) => done({ code: ok ? ExportResultCode.SUCCESS : ExportResultCode.FAILED }));
    },
    shutdown() {
      transport.close();
      return Promise.resolve();
    },
  };
}
