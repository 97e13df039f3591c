import { styleText } from 'node:util';
import type { Check } from './preflight.ts';

const NAME_WIDTH = 12;
const MARKS = { passed: '✓', faulty: '✗', unchecked: '–' } as const;
const COLOURS = { passed: 'green', faulty: 'red', unchecked: 'dim' } as const;

/** A line for the check, and for a fault one more with what to do. Node leaves out colours where no terminal is. */
export function renderCheck({ name, finding }: Check): string {
  const { state, observed } = finding;
  const line = `${paint(COLOURS[state], `${MARKS[state]} ${name.padEnd(NAME_WIDTH)}`)} ${observed}`;
  return state === 'faulty' ? `${line}\n    fix  ${finding.fix}` : line;
}

export function renderSummary(checks: readonly Check[]): string {
  const faults = countFaults(checks);
  if (faults === 0) return paint('green', 'Nothing that was checked stands in the way of npm run deploy.');
  return paint('red', `${faults === 1 ? 'One fault' : `${faults} faults`} in the way of npm run deploy.`);
}

export function countFaults(checks: readonly Check[]): number {
  return checks.filter(({ finding }) => finding.state === 'faulty').length;
}

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
