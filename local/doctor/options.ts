import { readFlags, type Usage } from '../machine/command.ts';

const HELP = `Usage: npm run doctor -- [options]

Sends one marked, synthetic request to the running system (npm run local or npm run stack) and follows it hop by hop: API,
database row, audit event, EMF line, bridge, /metrics, Prometheus, OTLP receiver, Jaeger API, Grafana. A line for each hop
says what was observed and how long after the sending; a broken one is followed by its likely cause and the fix.
Ends with 1 when a hop is broken. Takes up to 20 seconds, most of them until Prometheus' next scrape, and at most 60.

  --json  print one JSON document when all is done, for CI
  --help  print this

The request stays in the database and is counted as any other. Settings are those of npm run local, from the environment and
from .env: give the doctor the same ones.`;

export interface DoctorOptions {
  readonly json: boolean;
}

export function parseDoctorOptions(args: readonly string[]): DoctorOptions | Usage {
  return readFlags(args, HELP, { json: false });
}
