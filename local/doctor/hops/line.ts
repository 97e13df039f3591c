import type { Followed } from '../../client/follow.ts';
import { commandOf } from '../advice.ts';
import { broken, noted, passed, type Finding } from '../hop.ts';
import { waitForLine, type Logged } from '../../client/log-line.ts';
import { PATIENCE_MS } from '../patience.ts';
import { isLaunched, type System } from '../system.ts';

/** @param auditHead the hash at the end of the trail, where that was read */
export async function checkLine(
  system: System,
  marked: Followed,
  auditHead: string | undefined,
): Promise<Finding<Logged>> {
  return judgeLine(await waitForLine(system, marked, PATIENCE_MS), marked, auditHead, system);
}

export function judgeLine(
  logged: Logged | undefined,
  marked: Followed,
  auditHead: string | undefined,
  system: System,
): Finding<Logged> {
  if (logged === undefined) return explainMissingLine(system);
  const { line, spooled } = logged;
  if (auditHead !== undefined && line.audit_head !== auditHead) {
    return broken(
      'its audit_head is not the hash at the end of the trail',
      'The trail is not what the function wrote: somebody has changed it since.',
      'npm run verify names every row that is not what was written.',
    );
  }
  const where = spooled === undefined ? 'in the trace store’s log' : 'in the spool';
  const kept = line.trace_flags === '01' ? 'trace kept' : 'trace sampled out';
  const head = auditHead === undefined ? '' : ', audit_head as in the trail';
  return passed(`${where}, ${kept}${head}`, logged, noted(line._aws.Timestamp, marked.sentAt));
}

function explainMissingLine(system: System): Finding<Logged> {
  const { LOCAL_DIR } = system.settings;
  if (!isLaunched(system)) {
    return broken(
      `no line in ${LOCAL_DIR}/spool`,
      `No launcher runs in ${LOCAL_DIR}: the API that answered logs elsewhere.`,
      'Give the doctor the LOCAL_DIR that the launcher was started with.',
    );
  }
  return broken(
    `no line in ${LOCAL_DIR}/spool`,
    'The function answered and its line is not in the log: what it writes to standard output does not reach the spool.',
    `Look for a full disk, and start ${commandOf(system)} again: it opens the spool anew.`,
  );
}
