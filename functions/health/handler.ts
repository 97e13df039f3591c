import { beforeDeadline } from '../runtime/deadline.ts';
import { connect, ping } from '../runtime/postgres.ts';
import { serve } from '../runtime/serve.ts';
import { databaseSettings, readSettings, requestSettings, versionSettings } from '../runtime/settings.ts';
import { createHealth } from './health.ts';

export const healthSettings = { ...databaseSettings, ...requestSettings, ...versionSettings };

export const handler = serve({ route: 'GET /health' }, () => {
  const settings = readSettings(healthSettings);
  const database = connect(settings);
  // A database that does not answer is a sick one, said in health's own words and before the request's deadline.
  const pingInTime = () =>
    beforeDeadline(
      settings.DATABASE_STATEMENT_TIMEOUT_MS,
      () => database.abandon(),
      () => ping(database),
    );
  const work = createHealth({ ping: pingInTime, version: settings.SERVICE_VERSION });
  return { work, deadlineMs: settings.REQUEST_DEADLINE_MS, abandon: () => database.abandon() };
});
