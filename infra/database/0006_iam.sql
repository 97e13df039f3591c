-- Aurora lets in by IAM token who is a member of rds_iam, and by nothing else. Only Amazon's PostgreSQL has that role.
do $$
declare
  login name;
begin
  if exists (select from pg_roles where rolname = 'rds_iam') then
    for login in
      select rolname from pg_roles where rolname in (
        'prior_auth_submit', 'prior_auth_status', 'prior_auth_bridge', 'prior_auth_metrics', 'prior_auth_health',
        'prior_auth_reconcile', 'prior_auth_verify'
      )
    loop
      execute format('grant rds_iam to %I', login);
    end loop;
  end if;
end $$;
