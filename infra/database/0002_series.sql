-- The metric side: exact series, the event ids already counted, what was refused, how far reconcile has looked.

-- Quantities are integers, so that sums are exact: counts for counters, microseconds for anything in seconds.
create table prior_auth_metric_series (
  metric    text   not null,
  labels    jsonb  not null,
  -- Counter: its value. Histogram: the sum of what was observed. Gauge: its value.
  value     bigint not null check (value >= 0),
  -- Histogram only: how many observations fell into each bucket, not cumulated; the last one is +Inf. Other bounds in the
  -- catalogue need a migration here: a row of another length would get a null, which is refused.
  buckets   bigint[] check (array_position(buckets, null) is null and 0 <= all (buckets)),
  -- The newest exemplar of each bucket, by the bucket's index.
  exemplars jsonb  not null default '{}',
  primary key (metric, labels)
  -- A few rows, each updated by every batch: room on the page lets those updates skip the index.
) with (fillfactor = 50);

-- What was counted. A partition a day, the event's own day (UTC): a duplicate always meets its first copy there, the index
-- at work stays small however long the history is, and forgetting a day is dropping a table.
create table prior_auth_seen_events (
  day      date not null,
  event_id uuid not null,
  primary key (day, event_id)
) partition by range (day);

-- Lines that could not be counted: a fingerprint and a reason, never the text.
create table prior_auth_quarantine (
  hash   text primary key,
  reason text not null,
  at     timestamptz not null default now()
);
create index prior_auth_quarantine_at on prior_auth_quarantine (at);

-- Every request created before `checked_until` is known to be counted.
create table prior_auth_reconcile_state (
  singleton     boolean primary key default true check (singleton),
  checked_until timestamptz not null
);
insert into prior_auth_reconcile_state (checked_until) values ('-infinity');

-- The days on which the event of a request may have been counted: its line is stamped some seconds after created_at, by
-- another clock perhaps, so near midnight there are two.
create function prior_auth_event_days(created_at timestamptz) returns date[] language sql immutable parallel safe
return array[(created_at at time zone 'UTC' - interval '5 minutes')::date,
             (created_at at time zone 'UTC' + interval '5 minutes')::date];

-- Committed requests older than five minutes that nobody has checked yet, and whether each was counted; no column of a body.
-- Both the gauge of uncounted requests and reconcile read this one view, so they cannot disagree. A row is committed seconds
-- after its created_at at most (deadline and statement timeout of a submit), so nothing can appear behind `checked_until`,
-- which never enters the last five minutes.
create view prior_auth_unchecked_requests as
select r.event_id, r.created_at, prior_auth_event_days(r.created_at) as days, r.idempotent, r.npi_check_failed,
  (select count(*) from prior_auth_audit_events a where a.request_id = r.id)::integer as audit_events,
  exists (
    select from prior_auth_seen_events s
    where s.event_id = r.event_id and s.day = any (prior_auth_event_days(r.created_at))) as counted
from prior_auth_requests r
where r.created_at >= (select checked_until from prior_auth_reconcile_state)
  and r.created_at < now() - interval '5 minutes';

-- Adds the partition of one day. Attaching a table that exists takes a lock that inserts do not wait for, which
-- `create table … partition of` would not.
create function prior_auth_create_seen_partition(wanted date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  partition text := 'prior_auth_seen_events_' || to_char(wanted, 'YYYYMMDD');
begin
  if wanted > (now() at time zone 'UTC')::date + 2 then
    raise exception 'no partition is made for days to come: %', wanted;
  end if;
  perform pg_advisory_xact_lock(7240002);
  if to_regclass(partition) is null then
    execute format('create table %I (like prior_auth_seen_events including all)', partition);
    execute format('alter table prior_auth_seen_events attach partition %I for values from (%L) to (%L)',
      partition, wanted, wanted + 1);
  end if;
end $$;

-- Partitions ahead of need, and an end to what nothing can refer to any more: no line older than 21 days is counted (one day
-- more for clocks), and reconcile has looked past the day.
create function prior_auth_maintain_seen_events() returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  today date := (now() at time zone 'UTC')::date;
  kept_from date;
  old regclass;
begin
  for ahead in 0..2 loop
    perform prior_auth_create_seen_partition(today + ahead);
  end loop;
  select least(today - 22, (prior_auth_event_days(checked_until))[1]) into kept_from from prior_auth_reconcile_state;
  for old in
    select inhrelid::regclass from pg_inherits
    where inhparent = 'prior_auth_seen_events'::regclass
      and to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD') < kept_from
  loop
    execute format('drop table %s', old);
  end loop;
  delete from prior_auth_quarantine where at < now() - interval '21 days';
end $$;

revoke execute on function prior_auth_create_seen_partition(date), prior_auth_maintain_seen_events() from public;
select prior_auth_create_seen_partition((now() at time zone 'UTC')::date - 1);
select prior_auth_maintain_seen_events();
