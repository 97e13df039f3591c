/** Which rows of a long list stand in the document: those in sight and some beyond, whatever its length. Pure. */

export interface Sight {
  /** How far the list's upper edge is above the upper edge of the window, in pixels; negative below it. */
  readonly scrolled: number;
  /** Height of the window in pixels. */
  readonly height: number;
  /** Height of a row in pixels. */
  readonly row: number;
}

/** Rows beyond each edge, so that a turn of the wheel meets no gap. */
const BEYOND = 8;
/** However tall the window is. */
const MOST_ROWS = 90;

/** The first row and the one after the last. */
export function visibleRows({ scrolled, height, row }: Sight, rows: number): { from: number; to: number } {
  const first = Math.floor(scrolled / row) - BEYOND;
  const from = Math.max(0, Math.min(first, rows - 1));
  const last = Math.ceil((scrolled + height) / row) + BEYOND;
  return { from, to: Math.max(from, Math.min(last, rows, from + MOST_ROWS)) };
}
