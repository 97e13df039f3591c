/**
 * What the dashboard of one request reads from PostgreSQL: no column of a body, and none that the role
 * (infra/database/0004_grafana.sql) may not read.
 *
 * `${name:sqlstring}` is Grafana's for a quoted and escaped text, `$__timeFilter(column)` for the time that the
 * dashboard shows.
 */
import { ID_DIGITS, REQUEST_ID_PATTERN } from '../../../functions/contract/request-id.ts';

/**
 * The trace to show: of the request, or as given, or of the newest request when neither is given. No row for an unknown
 * request.
 */
export const TRACE_ID = `select trace_id from prior_auth_audit_events
where \${request_id:sqlstring} <> '' and seq = 1
  and request_id = substring(\${request_id:sqlstring} from '^${REQUEST_ID_PATTERN}$')::bigint
union all
select \${trace_id:sqlstring}
where \${request_id:sqlstring} = '' and \${trace_id:sqlstring} <> ''
union all
(select trace_id from prior_auth_audit_events
where \${request_id:sqlstring} = '' and \${trace_id:sqlstring} = ''
order by request_id desc, seq limit 1)`;

/** As `toRequestId` writes it: `lpad` alone would cut a number of six digits. */
function requestId(column: string): string {
  return `'PA-' || lpad(${column}::text, greatest(${ID_DIGITS}, length(${column}::text)), '0') as request_id`;
}

/** The rows of one trace; `since_first` in seconds. */
function auditRows(traceId: string): string {
  return `select ${requestId('request_id')}, seq, at,
  extract(epoch from at - min(at) over (partition by audit.request_id))::float8 as since_first,
  event, actor, details::text, trace_id, span_id, hash
from prior_auth_audit_events audit
where request_id in (select request_id from prior_auth_audit_events where trace_id = ${traceId} and seq = 1)
order by audit.request_id, seq`;
}

export const AUDIT_ROWS = auditRows('${trace:sqlstring}');

/**
 * The same beside a trace in Explore, where the value of a span's field is put in as it is: a trace id is hexadecimal.
 */
export const AUDIT_ROWS_OF_SPAN = auditRows("'${traceID}'");

/** The newest requests of the time shown. */
export const REQUESTS = `select ${requestId('id')}, created_at, status, actor as submitter, trace_id, idempotent, npi_check_failed
from prior_auth_requests join prior_auth_audit_events on request_id = id and seq = 1
where $__timeFilter(created_at)
order by created_at desc limit 200`;
