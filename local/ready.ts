import { consoleUrl } from './console/address.ts';
import type { Settings } from './settings.ts';
import { paint, say } from './terminal.ts';

/** Where everything is, and a first request to paste. */
export function printReady(
  settings: Settings,
  parts: { databaseUrl: string; prometheus: string },
  seconds: number,
): void {
  const api = `http://localhost:${settings.API_PORT}`;
  const page = consoleUrl(settings);
  const traces = page === undefined ? `Traces      ${settings.OTEL_EXPORTER_OTLP_ENDPOINT}` : `Console     ${page}`;
  say(`
${paint('bold', `Ready in ${seconds.toFixed(1)} s.`, process.stderr)} Ctrl-C stops it; data stays in ${settings.LOCAL_DIR}/.

  API         ${api}/health
  Metrics     ${api}/metrics
  ${traces}
  Prometheus  ${parts.prometheus}
  Database    ${parts.databaseUrl.replace(/:[^:@/]+@/, ':***@')}

Submit a request, or run ${paint('bold', 'npm run demo', process.stderr)} in another terminal:

  curl -X POST ${api}/prior-auth/submit \\
    -H 'Content-Type: application/json' \\
    -d '{"member_id":"M12345","provider_npi":"1234567890","diagnosis_code":"Z00.00","requested_service":"ROUTINE_CHECKUP"}'
`);
}
