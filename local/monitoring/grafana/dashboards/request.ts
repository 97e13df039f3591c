/** One request: why it ended as it did beside where its time went. */
import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { Seconds } from '@grafana/grafana-foundation-sdk/units';
import { AUDIT_ROWS, REQUESTS, TRACE_ID } from '../audit-sql.ts';
import { dashboard } from '../compose.ts';
import { oneRequest, traceInExplore } from '../links.ts';
import { table, traceView } from '../panels.ts';
import { rows, trace } from '../queries.ts';
import { POSTGRES, REQUEST_DASHBOARD } from '../uids.ts';

const MILLISECONDS = 'time:YYYY-MM-DD HH:mm:ss.SSS';

const VARIABLES = [
  new TextBoxVariableBuilder('request_id').label('Request (PA-00001)').defaultValue(''),
  new TextBoxVariableBuilder('trace_id').label('or trace').defaultValue(''),
  new QueryVariableBuilder('trace')
    .label('Shown')
    .description('The trace of the request or as given; of the newest request when neither is given.')
    .datasource(POSTGRES)
    .query(TRACE_ID)
    .refresh(VariableRefresh.OnDashboardLoad),
];

const AUDIT_TRAIL = table(
  {
    title: 'Audit trail',
    description:
      'Why: what was recorded in the same transaction as the request. Empty for a submit that was refused, and for a replay.',
    width: 12,
  },
  rows(AUDIT_ROWS),
  { trace_id: [traceInExplore('${__value.raw}')], request_id: [oneRequest('request_id', '${__value.raw}')] },
)
  .overrideByName('at', [{ id: 'unit', value: MILLISECONDS }])
  .overrideByName('since_first', [{ id: 'unit', value: Seconds }])
  .noValue('no audit rows: refused, or a replay');

const TRACE = traceView(
  { title: 'Trace', description: 'Where the time went. Jaeger forgets; the audit trail does not.', width: 12 },
  trace('${trace}'),
);

const NEWEST = table(
  { title: 'Requests', description: 'The newest of the time shown; choose one to see it above.', width: 24 },
  rows(REQUESTS),
  {
    request_id: [oneRequest('request_id', '${__value.raw}')],
    trace_id: [oneRequest('trace_id', '${__value.raw}'), traceInExplore('${__value.raw}')],
  },
).overrideByName('created_at', [{ id: 'unit', value: MILLISECONDS }]);

export const request = dashboard({
  uid: REQUEST_DASHBOARD,
  title: 'Prior authorization: one request',
  description: 'The audit trail of a request beside its trace.',
  refresh: '',
  variables: VARIABLES,
  rows: [
    { title: 'One request', panels: [AUDIT_TRAIL, TRACE] },
    { title: 'Others', panels: [NEWEST] },
  ],
});
