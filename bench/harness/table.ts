export type Cell = string | number;

export interface Table {
  /** The first one names the rows. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Markdown; columns of numbers are set to the right. */
export function toMarkdown({ columns, rows }: Table): string {
  const isNumeric = columns.map((_, index) => rows.every((row) => typeof row[index] === 'number'));
  const rule = isNumeric.map((numeric) => (numeric ? '---:' : '---'));
  return [columns, rule, ...rows].map((row) => `| ${row.map(format).join(' | ')} |`).join('\n');
}

/** Three significant digits, and never fewer than the whole number has: 0.0123, 1.23, 12.3, 1,234. */
export function format(cell: Cell): string {
  if (typeof cell === 'string') return cell.replaceAll('|', '\\|');
  if (!Number.isFinite(cell)) return '–';
  if (Math.abs(cell) >= 100) return Math.round(cell).toLocaleString('en-US');
  return Number(cell.toPrecision(3)).toString();
}
