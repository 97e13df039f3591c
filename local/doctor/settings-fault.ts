import type { Hop } from './hop.ts';

/** @param faults the message of `readSettings`: names of settings and the rules that they break */
export function judgeSettings(faults: string): Hop {
  const observed = faults
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
  const isTracesPath = faults.includes('/v1/traces');
  return {
    name: 'settings',
    state: 'broken',
    observed,
    diagnosis: {
      cause: isTracesPath
        ? 'With this OTEL_EXPORTER_OTLP_ENDPOINT no traces would appear: the code adds /v1/traces to it.'
        : 'No launcher starts with these settings.',
      fix: isTracesPath
        ? 'OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318, in the environment or in .env.'
        : 'Correct them in the environment or in .env; .env.example lists them all.',
    },
  };
}
