import type { Reply, Unreachable } from '../../../local/client/http.ts';
import type { Broken, Finding } from '../../../local/doctor/hop.ts';
import type { Marked } from '../../../local/doctor/hops/api.ts';
import type { System } from '../../../local/doctor/system.ts';
import { parseExposition } from '../../../local/client/exposition.ts';
import { parseSettings } from '../../../local/machine/settings.ts';

export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
export const SENT_AT = Date.parse('2026-11-22T10:00:00.000Z');

export const REFUSED: Unreachable = { failure: 'refused', code: 'ECONNREFUSED' };
export const SILENT: Unreachable = { failure: 'silent', code: 'TimeoutError' };

/** A system whose launcher runs, with the embedded parts unless `changes` say otherwise. */
export function systemWith(changes: Partial<System> = {}): System {
  return {
    mode: 'local',
    settings: parseSettings({}),
    api: 'http://localhost:8000',
    traces: 'http://localhost:16686',
    lambda: 'http://localhost:3002',
    launcherToken: 'token-of-the-run',
    otlp: 'http://localhost:4318',
    otlpSetting: 'OTLP_PORT',
    prometheus: 'http://localhost:9090',
    grafana: 'http://localhost:3000',
    database: { host: '127.0.0.1', port: 5432 },
    processes: new Map([
      ['launcher', 1],
      ['PostgreSQL', 2],
      ['The API', 3],
    ]),
    folders: [],
    ...changes,
  };
}

export const NO_LAUNCHER = { processes: new Map(), database: undefined };

/** Readings as `/metrics` writes them. */
export const reading = (...lines: string[]) => ({ samples: parseExposition(lines.join('\n')) });

export function markedWith(before: Partial<Marked['before']> = {}): Marked {
  return {
    traceId: TRACE,
    requestId: 'PA-00007',
    sentAt: SENT_AT,
    before: { metrics: reading(), receivedSpans: 0, spoolSizes: [], ...before },
  };
}

export function reply(status: number, body: unknown): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: new Headers(), text };
}

/** @throws Error with the finding when it is another one */
export function brokenOf(finding: Finding<unknown> | 'wait' | undefined): Broken {
  if (finding === undefined || finding === 'wait' || finding.state !== 'broken')
    throw new Error(`not broken: ${JSON.stringify(finding)}`);
  return finding;
}
