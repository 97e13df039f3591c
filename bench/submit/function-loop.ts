/** The built submit function as an execution environment runs it, its layer preloaded. */
import { trace, type TracerProvider } from '@opentelemetry/api';
import { createRequire } from 'node:module';
import type { HttpHandler } from '../../functions/runtime/http.ts';
import { lambdaContext, SUBMISSION, submitEvent } from '../../tests/fixtures/http.ts';
import { serveRounds } from './loop.ts';

const bundle = createRequire(import.meta.url)(process.env['BUNDLE'] ?? '') as { handler: HttpHandler };

serveRounds(async () => {
  const { statusCode, body } = await bundle.handler(submitEvent(SUBMISSION), lambdaContext());
  if (statusCode !== 201) throw new Error(`answered ${statusCode}: ${body}`);
}, timeFlushes());

/** The milliseconds of each flush that an answer waits for. */
function timeFlushes(): number[] {
  const times: number[] = [];
  const global = trace.getTracerProvider() as TracerProvider & {
    getDelegate(): { endInvocation?: () => Promise<void> };
  };
  const provider = global.getDelegate();
  const flush = provider.endInvocation?.bind(provider);
  if (flush === undefined) throw new Error('the layer is not preloaded');
  provider.endInvocation = async () => {
    const started = performance.now();
    await flush();
    times.push(performance.now() - started);
  };
  return times;
}
