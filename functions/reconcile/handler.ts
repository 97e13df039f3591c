import { createLog } from '../runtime/log.ts';
import { connect } from '../runtime/postgres.ts';
import { databaseSettings, readSettings } from '../runtime/settings.ts';
import { createSeriesStore } from '../series/store.ts';
import { createReconcile } from './reconcile.ts';
import { createReconcileStore } from './store.ts';

export const reconcileSettings = { ...databaseSettings };

const database = connect(readSettings(reconcileSettings));

export const handler = createReconcile({
  store: createReconcileStore(database),
  series: createSeriesStore(database),
  log: createLog(),
});
