-- What Grafana may read: the audit trail, and of a request only what says nothing about its member. By column, so that one that
-- is added later is not seen before somebody says so here. No password: whoever runs Grafana gives the role one.
do $$
begin
  if not exists (select from pg_roles where rolname = 'prior_auth_grafana') then
    begin
      create role prior_auth_grafana login connection limit 5;
      -- A dashboard left open must not keep submits waiting.
      alter role prior_auth_grafana set statement_timeout = '5s';
    exception
      -- As in 0003_roles.sql: another database's migration was first, or there is no right to create roles.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then raise notice 'role prior_auth_grafana is missing: no right to create it';
    end;
  end if;
  if exists (select from pg_roles where rolname = 'prior_auth_grafana') then
    grant select (id, status, idempotent, npi_check_failed, created_at) on prior_auth_requests to prior_auth_grafana;
    grant select (request_id, seq, event, actor, details, trace_id, span_id, at, hash) on prior_auth_audit_events
      to prior_auth_grafana;
  end if;
end $$;

-- From a trace to its audit trail, which all rows of one request share: one entry each.
create index prior_auth_audit_events_trace_id on prior_auth_audit_events (trace_id) where seq = 1;
