import type { Goal, Section } from './benchmark.ts';
import { format, toMarkdown } from './table.ts';

export function toText({ title, notes, tables, goals }: Section, circumstances: string): string {
  return [
    `## ${title}`,
    ...notes,
    ...tables.map(toMarkdown),
    ...(goals.length === 0 ? [] : [goals.map(toLine).join('\n')]),
    circumstances,
  ].join('\n\n');
}

export function isReached(goal: Goal): boolean {
  return 'atMost' in goal ? goal.value <= goal.atMost : goal.value >= goal.atLeast;
}

function toLine(goal: Goal): string {
  const { what, value, unit = '' } = goal;
  const bound = 'atMost' in goal ? `at most ${format(goal.atMost)}` : `at least ${format(goal.atLeast)}`;
  const verdict = isReached(goal) ? 'reached' : '**missed**';
  return `- ${what}: ${format(value)}${unit && ` ${unit}`} (goal: ${bound}), ${verdict}`;
}

const HEAD = `# Benchmarks

Written by \`npm run bench\`. Numbers are of one machine in one state: compare only what one run measured.
`;

/** Puts a benchmark's text in place of its last one, or at the end; the others' stay. */
export function replaceSection(document: string, name: string, text: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const section = `${from}\n\n${text}\n\n${to}\n`;
  const start = document.indexOf(from);
  if (start < 0) return `${document === '' ? HEAD : document}\n${section}`;
  return document.slice(0, start) + section + document.slice(document.indexOf(to) + to.length + 1);
}
