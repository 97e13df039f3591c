import { ask, isReply, readJson, type Reply, type Unreachable } from '../../client/http.ts';
import { explainNoAnswer } from '../no-answer.ts';
import * as z from 'zod/mini';
import { PROMETHEUS } from '../../monitoring/grafana/uids.ts';
import { logsOf, restart } from '../advice.ts';
import { absent, broken, passed, type Broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { System } from '../system.ts';

const Health = z.object({ database: z.string(), version: z.string() });

/** Asks Grafana as its admin. */
export type AskGrafana = (path: string, limitMs: number) => Promise<Reply | Unreachable>;

export function createAskGrafana({ grafana, settings }: System): AskGrafana {
  const authorization = `Basic ${Buffer.from(`admin:${settings.GRAFANA_PASSWORD}`).toString('base64')}`;
  return (path, limitMs) => ask(`${grafana}${path}`, limitMs, { headers: { authorization } });
}

/**
 * Whether this project's Grafana is up. Beside `npm run local` somebody else's may be, or any program: 3000 is a
 * popular port.
 */
export async function checkGrafana(system: System): Promise<Finding<AskGrafana>> {
  const ask = createAskGrafana(system);
  const [health, source] = await Promise.all([
    ask('/api/health', PATIENCE_MS.grafana),
    ask(`/api/datasources/uid/${PROMETHEUS.uid}`, PATIENCE_MS.grafana),
  ]);
  const finding = judgeGrafana(health, source, system);
  return finding.state === 'passed' ? { ...finding, found: ask } : finding;
}

/** @param source what it answers when it is asked for the provisioned data source */
export function judgeGrafana(
  health: Reply | Unreachable,
  source: Reply | Unreachable,
  system: System,
): Finding<undefined> {
  if (!isReply(health)) return explainNoGrafana(health, system);
  const found = readJson(Health, health);
  const status = isReply(source) ? source.status : 0;
  const fault = found === undefined ? explainOtherProgram(system) : findForeign(`version ${found.version}`, status);
  // Beside npm run local it is somebody else's.
  if (fault !== undefined) return system.mode === 'stack' ? fault : absent(fault.observed);
  if (found?.database === 'ok' && status === 200) return passed(`version ${found.version}`, undefined);
  const observed = `version ${found?.version ?? ''}, its own database: ${found?.database ?? ''}`;
  return broken(observed, 'Grafana is not well.', `${logsOf('grafana')} says why.`);
}

function explainNoGrafana(unreachable: Unreachable, { grafana, mode }: System): Finding<undefined> {
  if (mode === 'local') return absent('npm run local has no Grafana');
  return explainNoAnswer(
    { url: grafana, what: 'Grafana', setting: 'GRAFANA_PORT', start: restart('grafana') },
    unreachable,
  );
}

function explainOtherProgram({ settings }: System): Broken {
  return broken(
    `port ${settings.GRAFANA_PORT} (GRAFANA_PORT) is another program’s`,
    'Grafana’s container has another port.',
    'Give the doctor the GRAFANA_PORT that npm run stack was started with.',
  );
}

/** A Grafana that does not know this project's admin or data sources; undefined when it does. */
function findForeign(version: string, status: number): Broken | undefined {
  if (status === 401 || status === 403) {
    return broken(
      `${version}, which does not let admin in`,
      'Its admin has another password: GRAFANA_PASSWORD counts when Grafana’s volume is made, and not later.',
      'Give the doctor that password as GRAFANA_PASSWORD.',
    );
  }
  if (status !== 404) return undefined;
  return broken(
    `${version}, without the data sources of this project`,
    'Grafana has not read local/monitoring/grafana/provisioning.',
    `${logsOf('grafana')} says why.`,
  );
}
