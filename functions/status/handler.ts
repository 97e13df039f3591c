import { createPriorAuthStore } from '../prior-auth/store.ts';
import { awsView } from '../runtime/aws-view.ts';
import { connect } from '../runtime/postgres.ts';
import { serve } from '../runtime/serve.ts';
import {
  callerSettings,
  databaseSettings,
  readSettings,
  requestSettings,
  tracerSettings,
} from '../runtime/settings.ts';
import { createStatus } from './status.ts';

export const statusSettings = { ...databaseSettings, ...requestSettings, ...callerSettings, ...tracerSettings };

export const handler = serve({ route: 'GET /prior-auth/{request_id}', functionName: 'status' }, () => {
  const settings = readSettings(statusSettings);
  const database = connect(settings);
  const work = createStatus({ store: createPriorAuthStore(database), anonymousCaller: settings.ANONYMOUS_CALLER });
  return {
    work,
    deadlineMs: settings.REQUEST_DEADLINE_MS,
    abandon: () => database.abandon(),
    awsView: awsView(settings.POWERTOOLS_TRACE_ENABLED),
  };
});
