import { freePort, isFree } from './free-port.ts';
import type { Settings } from './settings.ts';

/**
 * Checks every port that this run listens on.
 * @throws Error that names each taken port together with the setting that changes it
 */
export async function checkPorts(settings: Settings): Promise<void> {
  const embedded = settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined;
  const names = ['API_PORT', 'LAMBDA_PORT', ...(embedded ? (['OTLP_PORT', 'TRACES_PORT'] as const) : [])] as const;
  const taken: string[] = [];
  for (const name of names) {
    if (!(await isFree(settings[name]))) taken.push(`  port ${settings[name]} is in use: set ${name} to another one`);
  }
  for (const [index, name] of names.entries()) {
    const twin = names.slice(0, index).find((other) => settings[other] === settings[name]);
    if (twin !== undefined) taken.push(`  ${twin} and ${name} are both ${settings[name]}`);
  }
  if (taken.length > 0)
    throw new Error(`Cannot listen:\n${taken.join('\n')}\nFor example: ${names[0]}=8001 npm run local`);
}

const POSTGRES_PORT = 5432;

/** The embedded PostgreSQL's port: as set, else 5432, else a free one, since many machines run a PostgreSQL already. */
export async function choosePostgresPort(settings: Settings, preferred = POSTGRES_PORT): Promise<number> {
  const wanted = settings.POSTGRES_PORT;
  if (wanted === undefined) return (await isFree(preferred)) ? preferred : freePort();
  if (await isFree(wanted)) return wanted;
  throw new Error(`Cannot listen:\n  port ${wanted} is in use: set POSTGRES_PORT to another one, or leave it unset`);
}
