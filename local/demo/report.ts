import { paint } from '../machine/terminal.ts';
import type { Check, Section } from './section.ts';

const WIDTH = 92;

/** One request on one screen: a heading, its sections, and every check that failed where it failed. */
export function renderExample(title: string, sections: readonly Section[]): string {
  const heading = paint('bold', `━━ ${title} `.padEnd(WIDTH, '━'));
  return [heading, ...sections.map(renderSection), ''].join('\n');
}

function renderSection({ title, lines, checks }: Section): string {
  const faults = checks.filter((each) => !each.passed).map(({ fault }) => `  ${paint('red', `✗ ${fault}`)}`);
  return [paint('cyan', title), ...lines.map((line) => `  ${line}`), ...faults].join('\n');
}

export function renderSummary(examples: number, checks: readonly Check[]): string {
  const passed = checks.filter((each) => each.passed).length;
  const failed = checks.length - passed;
  return paint(failed === 0 ? 'green' : 'red', `${examples} cases, ${passed} checks passed, ${failed} failed`);
}
