/**
 * What `NODE_OPTIONS=--require` preloads. Node aborts when a preloaded file throws, so this one cannot: without a
 * working implementation beside it functions run with the no-op telemetry of the OpenTelemetry API, and say so once.
 */
import { writeSync } from 'node:fs';

try {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import could not be caught
  require('./otel-implementation.js');
} catch (error) {
  const message = 'The OpenTelemetry layer could not be loaded: functions run without telemetry';
  const reason = error instanceof Error ? error.message.split('\n')[0] : 'unknown';
  try {
    // 2: standard error.
    writeSync(2, `${JSON.stringify({ level: 'WARN', timestamp: new Date(), message, reason })}\n`);
  } catch {
    // stderr is closed: there is nobody to tell.
  }
}
