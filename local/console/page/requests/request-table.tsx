import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RequestSummary } from '../../contract.ts';
import { RequestRow } from './request-row.tsx';
import { useSight } from './use-sight.ts';
import { visibleRows, type Sight } from './visible-rows.ts';

const COLUMNS = ['Time', 'Request', 'Status', 'Duration', 'Most time in', 'Request id'];

/** The list as a table of which only the rows in sight stand in the document. */
export function RequestTable({ rows }: { rows: readonly RequestSummary[] }) {
  const list = useRef<HTMLDivElement>(null);
  const sight = useSight(list);
  const { from, to } = visibleRows(sight, rows.length);
  useSteadyView(list, rows, from, sight);
  const slowest = rows.reduce((most, { duration }) => Math.max(most, duration), 1);
  return (
    <div class="table" role="table" aria-label="Requests, latest first" aria-rowcount={rows.length + 1}>
      <div class="heads" role="row" aria-rowindex={1}>
        {COLUMNS.map((column) => (
          <span key={column} role="columnheader">
            {column}
          </span>
        ))}
      </div>
      <div
        ref={list}
        class="rows"
        role="rowgroup"
        style={{ height: `${rows.length * sight.row}px` }}
        onKeyDown={(event) => move(event, sight.row)}
      >
        {rows.slice(from, to).map((request, index) => (
          <RequestRow
            key={request.traceID}
            request={request}
            index={from + index}
            top={(from + index) * sight.row}
            slowest={slowest}
          />
        ))}
      </div>
    </div>
  );
}

/**
 * Who has scrolled down, or is in the list with the keyboard, keeps looking at the same rows while new ones come in
 * above.
 */
function useSteadyView(
  list: RefObject<HTMLElement | null>,
  rows: readonly RequestSummary[],
  from: number,
  { row, scrolled }: Sight,
): void {
  const seen = useRef<{ rows: readonly RequestSummary[]; traceID: string | undefined; from: number }>(null);
  useLayoutEffect(() => {
    const before = seen.current;
    const isHeld = scrolled > 0 || list.current?.contains(document.activeElement) === true;
    if (before !== null && before.rows !== rows && isHeld) {
      const now = rows.findIndex(({ traceID }) => traceID === before.traceID);
      if (now >= 0 && now !== before.from) scrollBy(0, (now - before.from) * row);
    }
    seen.current = { rows, from, traceID: rows[from]?.traceID };
  }, [rows, from, row, scrolled]);
}

/** Arrow keys go from row to row, also to those that are not in the document yet. */
function move(event: KeyboardEvent & { readonly currentTarget: HTMLElement }, row: number): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const current = document.activeElement?.closest('[aria-rowindex]')?.getAttribute('aria-rowindex');
  if (step === undefined || current === null || current === undefined) return;
  const next = event.currentTarget.querySelector<HTMLElement>(`[aria-rowindex="${Number(current) + step}"] a`);
  if (next === null) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  const { top, bottom } = next.getBoundingClientRect();
  if (top < 2 * row) scroll(top - 2 * row);
  if (bottom > innerHeight - row) scroll(bottom - innerHeight + row);
}

/**
 * The browser tells of a scroll with its next frame only, and keys may come faster than frames: the rows follow at
 * once.
 */
function scroll(pixels: number): void {
  scrollBy(0, pixels);
  dispatchEvent(new Event('scroll'));
}
