import { useMemo } from 'preact/hooks';
import { note, usePlace } from '../location.tsx';
import { Failure } from '../failure.tsx';
import { Elsewhere } from './elsewhere.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ALL, readFilter, toPredicate, writeFilter, type Filter } from './filter.ts';
import { FirstRequest } from './first-request.tsx';
import { RequestTable } from './request-table.tsx';
import { useRequests } from './use-requests.ts';

/** The live list of requests. */
export function RequestsView() {
  const { query } = usePlace();
  const { known, failure } = useRequests();
  const isWhole = known !== undefined && known.run !== '';
  const filter = readFilter(query);
  const rows = useMemo(() => known?.rows.filter(toPredicate(filter)) ?? [], [known, query.toString()]);
  const count = isWhole ? countOf(rows.length, known.rows.length) : '…';
  // Said when the reader changes something, and not with every request that comes in.
  const announced = useMemo(() => count, [query.toString(), isWhole]);
  const set = (change: Partial<Filter>) => note(`/${writeFilter({ ...filter, ...change })}`);
  return (
    <>
      <h1 class="visually-hidden">Requests</h1>
      <FilterBar filter={filter} rows={known?.rows ?? []} set={set} />
      <Failure message={failure} />
      <p class="count">{count}</p>
      <p class="visually-hidden" role="status">
        {announced}
      </p>
      {isWhole && known.rows.length === 0 ? <FirstRequest /> : null}
      {rows.length > 0 ? <RequestTable rows={rows} /> : null}
      {isWhole && known.rows.length > 0 && rows.length === 0 ? (
        <p class="none">No stored request fits this filter.</p>
      ) : null}
      {isWhole && !known.rows.some(toPredicate({ ...ALL, id: filter.id })) ? <Elsewhere id={filter.id.trim()} /> : null}
    </>
  );
}

function countOf(shown: number, all: number): string {
  const number = (value: number) => value.toLocaleString('en');
  if (shown === all) return all === 1 ? '1 request' : `${number(all)} requests`;
  return `${number(shown)} of ${number(all)} requests`;
}
