import { parseArgs } from 'node:util';
import { HELP_OPTION, parseCommand, type Ended } from '../machine/command.ts';

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

/** @returns the options, or a text to print and end with (0 for --help, 2 for an argument that is not known). */
export function parseDoctorOptions(args: readonly string[]): DoctorOptions | Ended {
  const options = { ...HELP_OPTION, json: { type: 'boolean', default: false } } as const;
  return parseCommand({ name: 'doctor', help: HELP }, () => parseArgs({ args: [...args], options }).values);
}
