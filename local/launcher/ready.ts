import { consoleUrl } from '../client/addresses.ts';
import type { Settings } from '../machine/settings.ts';
import type { Containers } from '../machine/containers.ts';
import { paint, say } from '../machine/terminal.ts';

interface Parts {
  readonly databaseUrl: string;
  readonly prometheus: string;
  readonly containers?: Containers | undefined;
}

/** Where everything is, and a first request to paste. */
export function printReady(settings: Settings, parts: Parts, seconds: number): void {
  const api = `http://localhost:${settings.API_PORT}`;
  const places: [string, string][] = [
    ['API', `${api}/health`],
    ['Metrics', `${api}/metrics`],
    tracesPlace(settings, parts.containers),
    ['Prometheus', parts.prometheus],
    ...containerPlaces(parts.containers),
    ['Database', parts.databaseUrl.replace(/:[^:@/]+@/, ':***@')],
  ];
  say(`
${paint('bold', `Ready in ${seconds.toFixed(1)} s.`, process.stderr)} Ctrl-C stops it; data stays in ${settings.LOCAL_DIR}/.

${places.map(([name, place]) => `  ${name.padEnd(12)}${place}`).join('\n')}

Submit a request, or run ${paint('bold', 'npm run demo', process.stderr)} in another terminal:

  curl -X POST ${api}/prior-auth/submit \\
    -H 'Content-Type: application/json' \\
    -d '{"member_id":"M12345","provider_npi":"1234567890","diagnosis_code":"Z00.00","requested_service":"ROUTINE_CHECKUP"}'
`);
}

function tracesPlace(settings: Settings, containers: Containers | undefined): [string, string] {
  if (containers?.jaeger !== undefined) return ['Jaeger', containers.jaeger];
  const page = consoleUrl(settings);
  return page === undefined ? ['Traces', String(settings.OTEL_EXPORTER_OTLP_ENDPOINT)] : ['Console', page];
}

function containerPlaces(containers: Containers | undefined): [string, string][] {
  if (containers === undefined) return [];
  return [
    ['Alerts', containers.alertmanager],
    ['Grafana', `${containers.grafana} (admin, GRAFANA_PASSWORD)`],
  ];
}
