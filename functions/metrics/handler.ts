import { connect, unlessSilent } from '../runtime/postgres.ts';
import { serve } from '../runtime/serve.ts';
import { databaseSettings, readSettings, requestSettings, versionSettings } from '../runtime/settings.ts';
import { createSeriesStore } from '../series/store.ts';
import { createMetrics } from './metrics.ts';

export const metricsSettings = { ...databaseSettings, ...requestSettings, ...versionSettings };

export const handler = serve({ route: 'GET /metrics' }, () => {
  const settings = readSettings(metricsSettings);
  const database = connect(settings);
  const build = { version: settings.SERVICE_VERSION, node: process.versions.node };
  const store = createSeriesStore(database);
  const read = () => unlessSilent(database, settings.DATABASE_STATEMENT_TIMEOUT_MS, () => store.read());
  const work = createMetrics({ store: { read }, build });
  return { work, deadlineMs: settings.REQUEST_DEADLINE_MS, abandon: () => database.abandon() };
});
