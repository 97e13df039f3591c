import * as z from 'zod/mini';
import { refused } from '../prior-auth/events.ts';
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
import { createSubmit } from './submit.ts';

export const submitSettings = {
  ...databaseSettings,
  ...requestSettings,
  ...callerSettings,
  ...tracerSettings,
  /** What a wrong check digit of provider_npi does: refuse the request, or let it pass and count it. */
  NPI_CHECK_DIGIT: z._default(z.enum(['warn', 'enforce']), 'enforce'),
  SIMULATE_SLOW_MEMBER: z._default(z.stringbool(), false),
};

export const handler = serve({ route: 'POST /prior-auth/submit', functionName: 'submit', failed: refused }, () => {
  const settings = readSettings(submitSettings);
  const database = connect(settings);
  const work = createSubmit({
    store: createPriorAuthStore(database),
    npiCheckDigit: settings.NPI_CHECK_DIGIT,
    anonymousCaller: settings.ANONYMOUS_CALLER,
    simulateSlowMember: settings.SIMULATE_SLOW_MEMBER,
  });
  return {
    work,
    deadlineMs: settings.REQUEST_DEADLINE_MS,
    abandon: () => database.abandon(),
    awsView: awsView(settings.POWERTOOLS_TRACE_ENABLED),
  };
});
