-- Evidence: a digest of what a submit stored, checkpoints over closed ranges of requests, tombstones of what was
-- lawfully removed, and a reconcile that finds its way back after a jump of the clock.

-- Length before content, so that no two lists of fields make the same text: `6:M12345,-,0:`; null is a dash. In UTF-8.
-- functions/prior-auth/canonical.ts writes the same.
create function prior_auth_canonical(variadic fields text[]) returns bytea
language sql immutable parallel safe as $$
  select convert_to(string_agg(
    case when field is null then '-' else octet_length(convert_to(field, 'UTF8')) || ':' || field end,
    ',' order by n), 'UTF8')
  from unnest(fields) with ordinality as list (field, n)
$$;

-- As JavaScript's toISOString.
create function prior_auth_iso(at timestamptz) returns text language sql immutable parallel safe as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- ── The digest ──

-- Random, 16 bytes, and only here: without it nobody can try member numbers against a digest. Null: from before this
-- file.
alter table prior_auth_requests add column digest_salt bytea;
-- Of the first row alone: sha256, hex, over the request and its key as submit stored them. The row's hash covers it.
alter table prior_auth_audit_events add column digest text;

-- Both a purge and a verification ask for the key of a request.
create index prior_auth_idempotency_keys_request_id on prior_auth_idempotency_keys (request_id);

-- The same from the same as functions/prior-auth/digest.ts; null for a request without a salt.
create function prior_auth_digest_of(wanted bigint) returns text
language sql stable set search_path = public, pg_temp as $$
  select encode(sha256(prior_auth_canonical(
    'prior-auth-digest/1', encode(r.digest_salt, 'hex'), r.id::text, r.member_id, r.provider_npi, r.diagnosis_code,
    r.requested_service, submitted.details ->> 'status', r.submitter, r.event_id::text, r.idempotent::text,
    r.npi_check_failed::text, prior_auth_iso(r.created_at), k.submitter, encode(k.key_hash, 'hex'),
    encode(k.body_hash, 'hex'), prior_auth_iso(k.created_at))), 'hex')
  from prior_auth_requests r
  left join prior_auth_audit_events submitted on submitted.request_id = r.id and submitted.event = 'request_submitted'
  left join prior_auth_idempotency_keys k on k.request_id = r.id
  where r.id = wanted and r.digest_salt is not null
$$;

-- ── Heads and checkpoints ──

-- What lines, checkpoints and tombstones know of a trail: the last row of each transaction that wrote to it. Today a
-- submit is the only one.
create view prior_auth_heads as
select request_id, seq, hash from prior_auth_audit_events where event = 'request_submitted';

-- What reconcile has to write to its log, and whether it has: `npm run verify` reads checkpoints from that log, and
-- holds these against it. A checkpoint covers the heads of the requests `after_id` < id <= `last_id`. By number and not
-- by time: a clock may jump, the sequence does not.
create table prior_auth_checkpoints (
  seq          bigint primary key,
  after_id     bigint not null,
  last_id      bigint not null check (last_id > after_id),
  heads        bigint not null,
  first_id     bigint,
  -- Over lines `request_id:seq:hash`, in their order.
  heads_sha256 text   not null,
  closed_at    timestamptz(3) not null,
  previous     text   not null,
  -- Over the others, as functions/prior-auth/checkpoint.ts has it.
  hash         text   not null,
  written_at   timestamptz(3)
);

-- Closes the next range of numbers, at most 20,000, and says whether there was one. A number is closed when a request
-- with a higher one is five minutes old: no transaction that took a lower one can still commit (the longest deadline is
-- seconds). A number that the sequence has not given out closes nothing.
create function prior_auth_close_range() returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  before prior_auth_checkpoints;
  made prior_auth_checkpoints;
begin
  perform pg_advisory_xact_lock(7240003);
  select * into before from prior_auth_checkpoints order by seq desc limit 1;
  made.after_id := coalesce(before.last_id, 0);
  select max(id) into made.last_id from prior_auth_requests
  where id > made.after_id and id <= (select last_value from prior_auth_request_id_seq)
    and created_at < now() - interval '5 minutes';
  if made.last_id is null then
    return false;
  end if;
  select least(made.last_id, max(id)) into made.last_id
  from (select id from prior_auth_requests where id > made.after_id order by id limit 20000) next;
  made.seq := coalesce(before.seq, 0) + 1;
  made.previous := coalesce(before.hash, '');
  made.closed_at := now();
  select count(*), min(request_id),
    encode(sha256(convert_to(
      coalesce(string_agg(request_id || ':' || seq || ':' || hash || E'\n', '' order by request_id, seq), ''), 'UTF8')), 'hex')
  into made.heads, made.first_id, made.heads_sha256
  from prior_auth_heads where request_id > made.after_id and request_id <= made.last_id;
  made.hash := encode(sha256(prior_auth_canonical('prior-auth-checkpoint/1', made.seq::text, made.after_id::text,
    made.last_id::text, made.heads::text, made.first_id::text, made.heads_sha256, prior_auth_iso(made.closed_at),
    made.previous)), 'hex');
  insert into prior_auth_checkpoints select made.*;
  return true;
end $$;

-- ── Lawful deletion ──

create table prior_auth_tombstones (
  seq          bigint primary key,
  at           timestamptz(3) not null,
  purged_by    text   not null,
  reason       text   not null,
  requests     bigint not null,
  -- `1-40,42`
  ids          text   not null,
  -- Flat, name to number: what reports over all time still have to count.
  counts       jsonb  not null,
  heads_sha256 text   not null,
  previous     text   not null,
  -- Over the others, as functions/prior-auth/tombstone.ts has it.
  hash         text   not null,
  transaction  xid8   not null default pg_current_xact_id()
);

-- What stays of a purged request: the head of its trail, so that checkpoints over its range and lines about it still
-- hold.
create table prior_auth_purged_heads (
  request_id bigint   not null,
  seq        smallint not null,
  hash       text     not null,
  tombstone  bigint   not null references prior_auth_tombstones,
  primary key (request_id, seq)
);

-- A row of the trail goes only in the transaction that leaves its tombstone, whoever deletes it; changed it is never.
create or replace function prior_auth_audit_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and exists (
    select from public.prior_auth_purged_heads p
    where p.request_id = old.request_id
      and pg_current_xact_id() = (select t.transaction from public.prior_auth_tombstones t where t.seq = p.tombstone))
  then
    return old;
  end if;
  raise exception 'prior_auth_audit_events is append-only' using errcode = 'insufficient_privilege';
end $$;

create function prior_auth_evidence_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and tg_table_name = 'prior_auth_checkpoints'
    and to_jsonb(new) - 'written_at' = to_jsonb(old) - 'written_at' and to_jsonb(old) -> 'written_at' = 'null'
  then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on prior_auth_checkpoints
  for each row execute function prior_auth_evidence_is_append_only();
create trigger append_only_truncate before truncate on prior_auth_checkpoints
  for each statement execute function prior_auth_evidence_is_append_only();
create trigger append_only before update or delete on prior_auth_tombstones
  for each row execute function prior_auth_evidence_is_append_only();
create trigger append_only_truncate before truncate on prior_auth_tombstones
  for each statement execute function prior_auth_evidence_is_append_only();
create trigger append_only before update or delete on prior_auth_purged_heads
  for each row execute function prior_auth_evidence_is_append_only();
create trigger append_only_truncate before truncate on prior_auth_purged_heads
  for each statement execute function prior_auth_evidence_is_append_only();

-- Removes requests with trail and key, and leaves a tombstone; no row when there is nothing to remove. Only what a
-- checkpoint covers and reconcile has counted can be purged, so neither will miss it. The caller writes the tombstone
-- to the log before it commits.
create function prior_auth_purge(before timestamptz, only_id bigint, purged_by text, reason text)
returns setof prior_auth_tombstones
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last prior_auth_tombstones;
  made prior_auth_tombstones;
  gone bigint[];
  parts text[];
begin
  perform pg_advisory_xact_lock(7240004);
  select array_agg(id order by id) into gone from prior_auth_requests r
  where (prior_auth_purge.before is null or r.created_at < prior_auth_purge.before)
    and (only_id is null or r.id = only_id)
    and (prior_auth_purge.before is not null or only_id is not null)
    and r.id <= (select max(last_id) from prior_auth_checkpoints where written_at is not null)
    and r.created_at < (select checked_until from prior_auth_reconcile_state);
  if gone is null then
    return;
  end if;
  if exists (select from unnest(gone) id where not exists (select from prior_auth_heads h where h.request_id = id)) then
    raise exception 'a trail among these has no end: verify before you purge' using errcode = 'integrity_constraint_violation';
  end if;
  select * into last from prior_auth_tombstones order by seq desc limit 1;
  made.seq := coalesce(last.seq, 0) + 1;
  made.at := now();
  made.purged_by := prior_auth_purge.purged_by;
  made.reason := prior_auth_purge.reason;
  made.requests := cardinality(gone);
  made.previous := coalesce(last.hash, '');
  select string_agg(case when first = final then first::text else first || '-' || final end, ',' order by first)
  into made.ids
  from (select min(id) as first, max(id) as final
    from (select id, id - row_number() over (order by id) as island from unnest(gone) id) numbered group by island) islands;
  select jsonb_object_agg(name, n), array_agg(part order by name collate "C", place)
  into made.counts, parts
  from (
    select 'status/' || status as name, count(*) as n from prior_auth_requests where id in (select unnest(gone)) group by status
    union all
    select 'event/' || event, count(*) from prior_auth_audit_events where request_id in (select unnest(gone)) group by event
  ) counted, unnest(array[name, n::text]) with ordinality as pair (part, place);
  select encode(sha256(convert_to(
    string_agg(request_id || ':' || seq || ':' || hash || E'\n', '' order by request_id, seq), 'UTF8')), 'hex')
  into made.heads_sha256 from prior_auth_heads where request_id in (select unnest(gone));
  made.hash := encode(sha256(prior_auth_canonical(variadic array['prior-auth-tombstone/1', made.seq::text,
    prior_auth_iso(made.at), made.purged_by, made.reason, made.requests::text, made.ids, made.heads_sha256, made.previous]
    || parts)), 'hex');
  made.transaction := pg_current_xact_id();
  insert into prior_auth_tombstones select made.*;
  insert into prior_auth_purged_heads
    select request_id, seq, hash, made.seq from prior_auth_heads where request_id in (select unnest(gone));
  delete from prior_auth_idempotency_keys where request_id in (select unnest(gone));
  delete from prior_auth_audit_events where request_id in (select unnest(gone));
  delete from prior_auth_requests where id in (select unnest(gone));
  return next made;
end $$;

-- What `npm run verify` learns of requests and keys: numbers, and whether digests hold (null: there is none); nothing
-- of a body. The ids of all four tables, so that a row without its request is seen, too.
create function prior_auth_evidence(after_id bigint, batch integer)
returns table (id bigint, keys integer, digest_holds boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select ids.id, (select count(*) from prior_auth_idempotency_keys k where k.request_id = ids.id)::integer,
    case when first_row.digest is not null or salted.digest is not null
      then coalesce(first_row.digest = salted.digest, false) end
  from (
    (select r.id from prior_auth_requests r where r.id > after_id order by 1 limit batch)
    union
    (select distinct a.request_id from prior_auth_audit_events a where a.request_id > after_id order by 1 limit batch)
    union
    (select distinct k.request_id from prior_auth_idempotency_keys k where k.request_id > after_id order by 1 limit batch)
    union
    (select distinct p.request_id from prior_auth_purged_heads p where p.request_id > after_id order by 1 limit batch)
  ) ids
  left join prior_auth_audit_events first_row on first_row.request_id = ids.id and first_row.seq = 1
  left join lateral (select prior_auth_digest_of(ids.id) as digest) salted on true
  order by ids.id limit batch
$$;

-- ── Reconcile after a jump of the clock ──

-- When a day was first to be forgotten. It is forgotten a day later: a clock that jumps ahead and back takes nothing
-- with it.
alter table prior_auth_reconcile_state add column due_from date;
alter table prior_auth_reconcile_state add column due_since timestamptz;

-- As before, and: a `checked_until` ahead of the present is not believed. All is then looked at again whose counting is
-- remembered, which is as far back as the partitions go (five minutes later: the event of a request may be of the day
-- before). And beside what counts a request, what witnesses it.
create or replace view prior_auth_unchecked_requests as
select r.event_id, r.created_at, prior_auth_event_days(r.created_at) as days, r.idempotent, r.npi_check_failed,
  (select count(*) from prior_auth_audit_events a where a.request_id = r.id)::integer as audit_events,
  exists (
    select from prior_auth_seen_events s
    where s.event_id = r.event_id and s.day = any (prior_auth_event_days(r.created_at))) as counted,
  r.id as request_id,
  (select jsonb_agg(jsonb_build_object('audit_seq', h.seq, 'audit_head', h.hash) order by h.seq)
   from prior_auth_heads h where h.request_id = r.id) as heads
from prior_auth_requests r
where r.created_at >= (
    select case when checked_until <= now() then checked_until else (
      select min(to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD'))::timestamp at time zone 'UTC' + interval '5 minutes'
      from pg_inherits where inhparent = 'prior_auth_seen_events'::regclass) end
    from prior_auth_reconcile_state)
  and r.created_at < now() - interval '5 minutes';

create or replace function prior_auth_maintain_seen_events() returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  today date := (now() at time zone 'UTC')::date;
  state prior_auth_reconcile_state;
  kept_from date;
  old regclass;
begin
  for ahead in 0..2 loop
    perform prior_auth_create_seen_partition(today + ahead);
  end loop;
  select * into state from prior_auth_reconcile_state;
  kept_from := least(today - 22, (prior_auth_event_days(state.checked_until))[1]);
  if state.due_since <= now() - interval '1 day' and state.due_from <= kept_from then
    for old in
      select inhrelid::regclass from pg_inherits
      where inhparent = 'prior_auth_seen_events'::regclass
        and to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD') < state.due_from
    loop
      execute format('drop table %s', old);
    end loop;
    state.due_since := null;
  end if;
  if state.due_since is null or state.due_since > now() or state.due_from > kept_from then
    update prior_auth_reconcile_state set due_from = kept_from, due_since = now();
  end if;
  delete from prior_auth_quarantine where at < now() - interval '21 days';
end $$;

-- ── Roles: as in 0003_roles.sql ──

revoke execute on function prior_auth_close_range(), prior_auth_purge(timestamptz, bigint, text, text),
  prior_auth_evidence(bigint, integer), prior_auth_digest_of(bigint) from public;
do $$
declare
  granted record;
begin
  if not exists (select from pg_roles where rolname = 'prior_auth_purge') then
    begin
      create role prior_auth_purge login;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then raise notice 'role prior_auth_purge is missing: no right to create it';
    end;
  end if;
  for granted in
    select * from (values
      -- The head of a replayed request.
      ('prior_auth_submit', 'select (request_id, seq, event, hash) on prior_auth_audit_events'),
      ('prior_auth_reconcile', 'execute on function prior_auth_close_range'),
      ('prior_auth_reconcile', 'select, update (written_at) on prior_auth_checkpoints'),
      ('prior_auth_verify', 'select (status) on prior_auth_requests'),
      ('prior_auth_verify', 'select on prior_auth_checkpoints, prior_auth_tombstones, prior_auth_purged_heads'),
      ('prior_auth_verify', 'select on sequence prior_auth_request_id_seq'),
      ('prior_auth_verify', 'execute on function prior_auth_evidence'),
      -- What it removes is shown before: numbers and times.
      ('prior_auth_purge', 'select (id, created_at) on prior_auth_requests'),
      ('prior_auth_purge', 'select on prior_auth_checkpoints, prior_auth_tombstones, prior_auth_purged_heads'),
      ('prior_auth_purge', 'select on prior_auth_reconcile_state'),
      ('prior_auth_purge', 'execute on function prior_auth_purge')
    ) as grants (role, privilege)
  loop
    if exists (select from pg_roles where rolname = granted.role) then
      execute format('grant %s to %I', granted.privilege, granted.role);
    end if;
  end loop;
  if exists (select from pg_roles where rolname = 'rds_iam') and exists (select from pg_roles where rolname = 'prior_auth_purge')
  then
    grant rds_iam to prior_auth_purge;
  end if;
end $$;
