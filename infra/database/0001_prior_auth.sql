-- The business: requests, their append-only audit trail, idempotency keys.

create sequence prior_auth_request_id_seq as bigint;

create table prior_auth_requests (
  id                bigint primary key,
  member_id         text not null check (char_length(member_id) between 1 and 64),
  provider_npi      text not null check (provider_npi ~ '^[0-9]{10}$'),
  diagnosis_code    text not null check (char_length(diagnosis_code) <= 8),
  requested_service text not null check (char_length(requested_service) between 1 and 128),
  status            text not null default 'pending',
  submitter         text not null,
  -- What the bridge counts the request by; see series and reconcile.
  event_id          uuid not null,
  idempotent        boolean not null default false,
  npi_check_failed  boolean not null default false,
  created_at        timestamptz(3) not null
);
create index prior_auth_requests_created_at on prior_auth_requests (created_at);

create table prior_auth_audit_events (
  request_id bigint   not null references prior_auth_requests,
  seq        smallint not null,
  event      text     not null,
  actor      text     not null,
  details    jsonb    not null,
  trace_id   text     not null,
  span_id    text     not null,
  at         timestamptz(3) not null,
  -- sha256 over the row before it and this row's content (functions/prior-auth/audit.ts).
  hash       text     not null,
  primary key (request_id, seq)
);

-- Belt and braces: roles lack the privilege, and the table refuses even its owner.
create function prior_auth_audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'prior_auth_audit_events is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on prior_auth_audit_events
  for each row execute function prior_auth_audit_is_append_only();
create trigger append_only_truncate before truncate on prior_auth_audit_events
  for each statement execute function prior_auth_audit_is_append_only();

create table prior_auth_idempotency_keys (
  submitter  text  not null,
  key_hash   bytea not null,
  body_hash  bytea not null,
  request_id bigint not null references prior_auth_requests,
  created_at timestamptz(3) not null,
  primary key (submitter, key_hash)
);
