import * as z from 'zod/mini';
import { createEvidenceLog } from '../runtime/evidence-log.ts';
import { createLog } from '../runtime/log.ts';
import { connect } from '../runtime/postgres.ts';
import { databaseSettings, readSettings } from '../runtime/settings.ts';
import { createSeriesStore } from '../series/store.ts';
import { createReconcile } from './reconcile.ts';
import { createReconcileStore } from './store.ts';

export const reconcileSettings = {
  ...databaseSettings,
  /**
   * A file for checkpoints and witnesses. Unset, as in the cloud: standard output, so this function's own log group.
   */
  EVIDENCE_LOG: z.optional(z.string()),
};

const settings = readSettings(reconcileSettings);
const database = connect(settings);

export const handler = createReconcile({
  store: createReconcileStore(database),
  series: createSeriesStore(database),
  log: createLog(),
  writeEvidence: createEvidenceLog(settings.EVIDENCE_LOG),
});
