import { connect, ping, unlessSilent } from '../runtime/postgres.ts';
import { serve } from '../runtime/serve.ts';
import { databaseSettings, readSettings, requestSettings, versionSettings } from '../runtime/settings.ts';
import { createHealth } from './health.ts';

export const healthSettings = { ...databaseSettings, ...requestSettings, ...versionSettings };

export const handler = serve({ route: 'GET /health' }, () => {
  const settings = readSettings(healthSettings);
  const database = connect(settings);
  const pingInTime = () => unlessSilent(database, settings.DATABASE_STATEMENT_TIMEOUT_MS, () => ping(database));
  const work = createHealth({ ping: pingInTime, version: settings.SERVICE_VERSION });
  return { work, deadlineMs: settings.REQUEST_DEADLINE_MS, abandon: () => database.abandon() };
});
