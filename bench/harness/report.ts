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

const [FROM, TO] = ['<!-- bench -->', '<!-- end of bench -->'];

/**
 * Puts the results into the README between its two marks: of each benchmark the tables, the goals, and when and where.
 * @param results the document that `replaceSection` keeps
 */
export function updateReadme(readme: string, results: string): string {
  const sections = results.split(/^<!-- end of .* -->$/m).map((section) => section.split('\n\n'));
  const kept = sections.flatMap((paragraphs) => paragraphs.map((one) => one.trim()).filter(isForReadme));
  const text = kept.map((one) => one.replace(/^## /, '### ')).join('\n\n');
  const [before = '', rest = ''] = readme.split(FROM);
  const [, after = ''] = rest.split(TO);
  return `${before}${FROM}\n\n${text}\n\n${TO}${after}`;
}

/** A heading, a table, the goals, or the day and machine; the paragraphs between them say how it was measured. */
function isForReadme(paragraph: string): boolean {
  return /^(## |\||- |\d{4}-\d\d-\d\d, )/.test(paragraph);
}
