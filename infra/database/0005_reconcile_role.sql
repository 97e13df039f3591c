-- A role of its own for reconcile, and nothing of its work for the bridge, which is fed from outside: by moving `checked_until` on
-- it could hide lost requests for good. Made as the others are; see 0003_roles.sql.
do $$
declare
  privilege text;
begin
  if not exists (select from pg_roles where rolname = 'prior_auth_reconcile') then
    begin
      create role prior_auth_reconcile login;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then raise notice 'role prior_auth_reconcile is missing: no right to create it';
    end;
  end if;
  if exists (select from pg_roles where rolname = 'prior_auth_reconcile') then
    foreach privilege in array array[
      'select, insert, update on prior_auth_metric_series',
      'select, insert on prior_auth_seen_events, prior_auth_quarantine',
      'select, update on prior_auth_reconcile_state',
      'select on prior_auth_unchecked_requests',
      'execute on function prior_auth_create_seen_partition, prior_auth_maintain_seen_events'
    ] loop
      execute format('grant %s to prior_auth_reconcile', privilege);
    end loop;
  end if;
  if exists (select from pg_roles where rolname = 'prior_auth_bridge') then
    revoke all on prior_auth_reconcile_state, prior_auth_unchecked_requests from prior_auth_bridge;
    revoke execute on function prior_auth_maintain_seen_events from prior_auth_bridge;
  end if;
end $$;
