import { randomUUID } from 'node:crypto';
import { toAnswer } from '../../client/answer.ts';
import { follow, type Followed, type Sent } from '../../client/follow.ts';
import { ask, isReply, readJson, type Reply, type Unreachable } from '../../client/http.ts';
import { createTraceId } from '../../client/traceparent.ts';
import { explainNoAnswer } from '../no-answer.ts';
import * as z from 'zod/mini';
import { commandOf } from '../advice.ts';
import { readDiagnostics, tell, type Diagnostic } from '../api-errors.ts';
import { broken, passed, seen, type Broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import { isLaunched, type System } from '../system.ts';

/** The request that is followed. */
export interface Marked extends Followed {
  readonly requestId: string;
}

/**
 * A visit to nobody's doctor: the demo's normal case, with the check digit that its NPI lacks, so that no rule refuses
 * it.
 */
const BODY = {
  member_id: 'M12345',
  provider_npi: '1234567893',
  diagnosis_code: 'Z00.00',
  requested_service: 'ROUTINE_CHECKUP',
};

/** What the API did with the request: it stored it, or could not for want of its database. */
export type Answered = { readonly marked: Marked } | { readonly databaseFault: string };

const Health = z.object({
  checks: z.object({ database: z.object({ status: z.enum(['up', 'down']), error: z.optional(z.string()) }) }),
});

/** Asks for the API's health and, when it has its database, sends the marked request. */
export async function checkApi(system: System): Promise<Finding<Answered>> {
  const health = await ask(`${system.api}/health`, PATIENCE_MS.health);
  const diagnostics = () => readDiagnostics(system.folders[0]?.apiErrors);
  return judgeHealth(health, system, diagnostics()) ?? judgeSending(await send(system), system, diagnostics());
}

function send(system: System): Promise<Sent> {
  const submission = { body: BODY, idempotencyKey: `doctor-${randomUUID()}`, traceId: createTraceId() };
  return follow(system, submission, PATIENCE_MS);
}

/** @returns undefined when the request is to be sent */
export function judgeHealth(
  health: Reply | Unreachable,
  system: System,
  diagnostics: readonly Diagnostic[],
): Finding<Answered> | undefined {
  if (!isReply(health)) return explainNoApi(health, system);
  const database = readJson(Health, health)?.checks.database;
  if (database?.status === 'up') return undefined;
  const answer = `GET /health answers ${health.status}`;
  if (database === undefined) return explainFailure(answer, health.status, system, diagnostics);
  const databaseFault = `${answer}: database down (${database.error ?? 'no reason given'})`;
  return passed(`${answer}, and nothing is sent`, { databaseFault });
}

export function judgeSending(
  { reply, traceId, sentAt, before }: Omit<Sent, 'microseconds'>,
  system: System,
  diagnostics: readonly Diagnostic[],
): Finding<Answered> {
  if (!isReply(reply)) return explainNoApi(reply, system);
  const { status, created, problem } = toAnswer(reply);
  if (created !== undefined) {
    const marked = { traceId, sentAt, before, requestId: created.request_id };
    return passed(`healthy; 201 ${created.request_id}`, { marked }, seen(sentAt));
  }
  const answer = `POST /prior-auth/submit answers ${status}`;
  if (status === 503 || status === 504) return passed(answer, { databaseFault: answer });
  const faults = problem?.errors.map(({ field, rule }) => `${field}: ${rule}`) ?? [];
  if (faults.length === 0) return explainFailure(answer, status, system, diagnostics);
  return broken(
    answer,
    `The API refuses a request that is valid by its manual (${faults.join(', ')}): it is another version, or another API.`,
    `Stop what runs there, and start ${commandOf(system)} from this folder.`,
  );
}

/** A launcher of this folder that is up says more than the port does. */
function explainNoApi(unreachable: Unreachable, system: System): Broken {
  const start = 'Start npm run local, or npm run stack.';
  const place = { url: system.api, what: 'the API', setting: 'API_PORT', start };
  const fault = explainNoAnswer(place, unreachable);
  if (unreachable.failure !== 'refused' || !isLaunched(system)) return fault;
  const { LOCAL_DIR, API_PORT } = system.settings;
  if (!system.processes.has('The API'))
    return {
      ...fault,
      cause: 'The API has ended, and its launcher has not started it again.',
      fix: pointAtLogs(system),
    };
  return {
    ...fault,
    cause: `The launcher in ${LOCAL_DIR} is up, and its API listens on another port than API_PORT=${API_PORT}.`,
    fix: 'Give the doctor the API_PORT that the launcher was started with.',
  };
}

function pointAtLogs({ settings }: System): string {
  return `${settings.LOCAL_DIR}/api-errors.log and the launcher’s terminal say why.`;
}

/** Of an answer that says nothing itself, the functions’ last word on their standard error. */
function explainFailure(answer: string, status: number, system: System, diagnostics: readonly Diagnostic[]): Broken {
  if (status < 500) {
    return broken(
      answer,
      `What listens on port ${system.settings.API_PORT} (API_PORT) is not this API.`,
      'Stop it, or set API_PORT to where the API is.',
    );
  }
  const last = diagnostics.findLast(({ level }) => level === 'ERROR');
  const word = last === undefined ? 'and has not said why.' : `and the last that functions said is: ${tell(last)}`;
  return broken(answer, `A function fails, ${word}`, pointAtLogs(system));
}
