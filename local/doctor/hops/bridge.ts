import type { Baseline, Followed } from '../../client/follow.ts';
import { ask, isReply, poll, readJson, type Reply, type Unreachable } from '../../client/http.ts';
import { isReadable, readMetrics, valueOf, type Reading } from '../../client/metrics.ts';
import { move } from '../../client/moves.ts';
import { explainNoAnswer } from '../no-answer.ts';
import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { toSubscriptionEvent } from '../../embedded/shipper/subscription.ts';
import { TOKEN_HEADER } from '../../machine/launcher-token.ts';
import { commandOf } from '../advice.ts';
import { broken, noted, passed, seen, type Broken, type Finding } from '../hop.ts';
import type { Logged } from '../../client/log-line.ts';
import { PATIENCE_MS } from '../patience.ts';
import { isLaunched, type System } from '../system.ts';

const COUNTED = 'prior_auth_bridge_events_total{outcome="counted"}';
const QUARANTINED = 'prior_auth_bridge_events_total{outcome="quarantined"}';
const LAST_SUCCESS = 'prior_auth_bridge_last_success_timestamp_seconds';

/** What tells whether the bridge has had the line. */
export interface Progress {
  readonly metrics: Reading;
  /** Whether the log subscription has noted the line as delivered; undefined where its notes are not at hand. */
  readonly delivered: boolean | undefined;
}

/** How far the line came. */
export async function checkBridge(system: System, marked: Followed, logged: Logged): Promise<Finding<true>> {
  const progress = await poll(
    async () => ({ metrics: await readMetrics(system.api, PATIENCE_MS.metrics), delivered: isDelivered(logged) }),
    (now) => isThrough(now, marked),
    PATIENCE_MS.bridge,
  );
  return judgeProgress(progress, marked) ?? judgeBridge(await deliver(system, logged), progress, marked, system);
}

/** The log subscription notes the byte up to which it has delivered. */
function isDelivered({ spooled }: Logged): boolean | undefined {
  if (spooled === undefined) return undefined;
  const { bookmark } = spooled.folders;
  return existsSync(bookmark) && Number(readFileSync(bookmark, 'utf8')) >= spooled.end;
}

function isThrough({ metrics, delivered }: Progress, { before }: Followed): boolean {
  if (!isCountable(metrics, before)) return delivered === true;
  return delivered !== false && move(before.metrics, metrics, COUNTED) > 0;
}

/** Without two readings of /metrics there is no counter to look at; that is another hop's trouble. */
function isCountable(metrics: Reading, before: Baseline): boolean {
  return isReadable(metrics) && isReadable(before.metrics);
}

/** @returns undefined when the line is still on its way, and it must be found out where */
export function judgeProgress(progress: Progress, marked: Followed): Finding<true> | undefined {
  const { metrics, delivered } = progress;
  if (isThrough(progress, marked)) {
    if (!isCountable(metrics, marked.before)) return passed('delivered', true, seen(marked.sentAt));
    const [was, is] = [valueOf(marked.before.metrics, COUNTED), valueOf(metrics, COUNTED)];
    // The time of the transaction.
    const lastSuccess = valueOf(metrics, LAST_SUCCESS) * 1000;
    return passed(`counted ${was} → ${is}`, true, noted(lastSuccess, marked.sentAt));
  }
  const quarantined = move(marked.before.metrics, metrics, QUARANTINED);
  if (delivered === true && quarantined > 0) {
    return broken(
      'the line was put into quarantine',
      'The bridge cannot read what the functions write: they are of two versions.',
      'npm run build, and start the system again; prior_auth_quarantine has the reason.',
    );
  }
  return undefined;
}

/** The answer of the function; `errorMessage` is Lambda's shape of a failure. */
const Result = z.object({ errorMessage: z.optional(z.string()) });

/** Hands the line to the bridge itself. It does no harm: an event is counted once, however often it is delivered. */
function deliver({ lambda, launcherToken }: System, { text }: Logged): Promise<Reply | Unreachable> {
  const event = toSubscriptionEvent([{ text, offset: 0, end: 0 }], Date.now());
  const headers = { 'content-type': 'application/json', [TOKEN_HEADER]: launcherToken ?? '' };
  const init = { method: 'POST', headers, body: JSON.stringify(event) };
  return ask(`${lambda}/2015-03-31/functions/bridge/invocations`, PATIENCE_MS.invocation, init);
}

/** Why the line did not come through, by what the bridge answers to it when it is asked directly. */
export function judgeBridge(
  reply: Reply | Unreachable,
  { metrics }: Progress,
  { before }: Followed,
  system: System,
): Broken {
  const observed = `the line is in the log, and counted stands at ${valueOf(metrics, COUNTED)}`;
  const command = commandOf(system);
  if (!isReply(reply)) {
    const place = { url: system.lambda, what: 'the Lambda API, which runs the bridge,', setting: 'LAMBDA_PORT' };
    const fault = explainNoAnswer(
      { ...place, start: `Give the doctor the launcher’s LAMBDA_PORT, or start ${command} again.` },
      reply,
    );
    return { ...fault, observed: `${observed}; ${fault.observed}` };
  }
  const failure =
    readJson(Result, reply)?.errorMessage ?? (reply.status === 200 ? undefined : `status ${reply.status}`);
  if (failure !== undefined) return explainFailure(observed, failure, command);
  if (isCountable(metrics, before) && move(before.metrics, metrics, COUNTED) > 0) {
    return broken(
      'the bridge counts, and has not come to this line',
      'The log subscription is behind: lines are written faster than they are counted.',
      'Wait, and run the doctor again: events in the spool are not lost.',
    );
  }
  return broken(
    observed,
    isLaunched(system)
      ? 'The bridge takes the line when the doctor hands it over; the log subscription, in the launcher’s process, does not deliver.'
      : 'The bridge takes the line when the doctor hands it over; the log subscription stopped with its launcher.',
    `Start ${command} again: it goes on where it stopped, and counts every event once.`,
  );
}

const NO_RIGHT = '42501';

/** @param failure SQLSTATE or class name of the error, in the bridge's own words, which hold no data */
function explainFailure(observed: string, failure: string, command: string): Broken {
  return broken(
    observed,
    `The bridge fails: ${failure}${failure.includes(NO_RIGHT) ? ', which is a missing right of the role prior_auth_bridge' : ''}.`,
    failure.includes(NO_RIGHT)
      ? 'Grant what infra/database/0003_roles.sql grants; the events wait in the spool and are sent again.'
      : `The launcher’s terminal and api-errors.log say more; mend it, or start ${command} again. Events wait in the spool.`,
  );
}
