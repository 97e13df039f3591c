/** Where the parts of the system are that the doctor looks at, as far as settings and what a launcher left say so. */
import { existsSync, readFileSync } from 'node:fs';
import type { Place } from '../client/follow.ts';
import { readToken } from '../machine/launcher-token.ts';
import { openFolders, type Folders } from '../machine/folders.ts';
import { LAUNCHER, openRecord } from '../machine/processes.ts';
import { localDirectory, type Settings } from '../machine/settings.ts';
import { databaseUrl, publishedPorts, wire } from '../machine/containers.ts';

const POSTGRES_PORT = 5432;

export interface System extends Place {
  /** `npm run stack`, where parts run in containers, or `npm run local`. */
  readonly mode: 'local' | 'stack';
  readonly settings: Settings;
  readonly lambda: string;
  /** With which the running launcher has functions invoked; undefined when none runs. */
  readonly launcherToken: string | undefined;
  /** Base URL that the functions send their spans to. */
  readonly otlp: string;
  /** The setting that says where that is. */
  readonly otlpSetting: 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTLP_PORT';
  /** Undefined: PROMETHEUS_PORT=0 leaves it out. */
  readonly prometheus: string | undefined;
  readonly grafana: string;
  /** Where the running launcher's database is, without a password; undefined when none runs here. */
  readonly database: { readonly host: string; readonly port: number } | undefined;
  /** Parts that run as processes of the launcher, by their names in its record, to their ids. */
  readonly processes: ReadonlyMap<string, number>;
}

/** Finds out what runs; asks nobody. */
export function findSystem(settings: Settings): System {
  const folders = existsSync(localDirectory(settings)) ? foldersOf(settings) : [];
  const processes = readProcesses(folders);
  const launched = processes.has(LAUNCHER) ? readDatabase(folders) : undefined;
  const mode = launched?.href === new URL(databaseUrl(settings)).href ? 'stack' : 'local';
  const ports = mode === 'stack' ? publishedPorts(settings) : settings;
  // Not localhost: what listens on ::1 alone, as many a development server does, would be taken for the part.
  const at = (port: number) => `http://${settings.HOST}:${port}`;
  return {
    mode,
    settings,
    api: at(settings.API_PORT),
    traces: at(settings.TRACES_PORT),
    lambda: at(settings.LAMBDA_PORT),
    launcherToken: folders[0] && readToken(folders[0].launcherToken),
    otlp: (settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? at(settings.OTLP_PORT)).replace(/\/+$/, ''),
    otlpSetting: settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? 'OTLP_PORT' : 'OTEL_EXPORTER_OTLP_ENDPOINT',
    prometheus: ports.PROMETHEUS_PORT === 0 ? undefined : at(ports.PROMETHEUS_PORT),
    grafana: at(settings.GRAFANA_PORT),
    database: launched && { host: launched.hostname, port: Number(launched.port || POSTGRES_PORT) },
    processes,
    folders,
  };
}

/**
 * Those of `npm run local` and of `npm run stack`, each of which has a log of its own; with a DATABASE_URL of one's own
 * both have one.
 */
function foldersOf(settings: Settings): Folders[] {
  const [own, stack] = [openFolders(settings), openFolders(wire(settings).settings)];
  return own.spool === stack.spool ? [own] : [own, stack];
}

function readProcesses([folders]: readonly Folders[]): Map<string, number> {
  const entries = folders === undefined ? [] : openRecord(folders.processes).alive();
  return new Map(entries.map(({ name, pid }) => [name, pid]));
}

/** The launcher notes where its database is, once it is up. */
function readDatabase([folders]: readonly Folders[]): URL | undefined {
  if (folders === undefined || !existsSync(folders.databaseUrl)) return undefined;
  const text = readFileSync(folders.databaseUrl, 'utf8');
  return URL.canParse(text) ? new URL(text) : undefined;
}

export function isLaunched({ processes }: Pick<System, 'processes'>): boolean {
  return processes.has(LAUNCHER);
}
