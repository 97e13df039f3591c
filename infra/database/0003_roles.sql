-- One role per function, each with what it needs and nothing else; nobody may change or delete an audit row. They can log in
-- and have no password: in the cloud each function logs in as its own by an IAM token, locally it takes the role after
-- connecting (DATABASE_ROLE).
do $$
declare
  granted record;
begin
  for granted in
    select * from (values
      ('prior_auth_submit', 'insert on prior_auth_requests, prior_auth_audit_events, prior_auth_idempotency_keys'),
      -- A replay answers with the stored request.
      ('prior_auth_submit', 'select on prior_auth_requests, prior_auth_idempotency_keys'),
      ('prior_auth_submit', 'usage on sequence prior_auth_request_id_seq'),
      ('prior_auth_status', 'select on prior_auth_requests, prior_auth_audit_events'),
      -- bridge and reconcile: the only writer of series.
      ('prior_auth_bridge', 'select, insert, update on prior_auth_metric_series'),
      ('prior_auth_bridge', 'select, insert on prior_auth_seen_events, prior_auth_quarantine'),
      ('prior_auth_bridge', 'select, update on prior_auth_reconcile_state'),
      ('prior_auth_bridge', 'select on prior_auth_unchecked_requests'),
      ('prior_auth_bridge', 'execute on function prior_auth_create_seen_partition, prior_auth_maintain_seen_events'),
      ('prior_auth_metrics', 'select on prior_auth_metric_series'),
      ('prior_auth_metrics', 'select (created_at, counted) on prior_auth_unchecked_requests'),
      ('prior_auth_verify', 'select on prior_auth_audit_events'),
      ('prior_auth_verify', 'select (id, event_id, created_at) on prior_auth_requests'),
      -- `select 1` needs no grant.
      ('prior_auth_health', null)
    ) as grants (role, privilege)
  loop
    if not exists (select from pg_roles where rolname = granted.role) then
      begin
        execute format('create role %I login', granted.role);
      exception
        -- Roles belong to the whole server: another database's migration may be making the same one.
        when duplicate_object or unique_violation then null;
        -- Without CREATEROLE the functions act as the user of DATABASE_URL, unrestricted.
        when insufficient_privilege then raise notice 'role % is missing: no right to create it', granted.role;
      end;
    end if;
    if granted.privilege is not null and exists (select from pg_roles where rolname = granted.role) then
      execute format('grant %s to %I', granted.privilege, granted.role);
    end if;
  end loop;
end $$;
