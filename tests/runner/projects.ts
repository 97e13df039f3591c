/**
 * Which test belongs to which project of vitest, by its place and name: see CONTRIBUTING.md. What no other project
 * claims is `pure`.
 */

interface Project {
  /** Glob patterns below the root. */
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
}

const ALL = 'tests/**/*.test.ts';
/** Opens a Chromium. */
const BROWSER = 'tests/**/*.browser.test.ts';
/** Runs `npm run local` or another command as a user does. */
const END_TO_END = 'tests/end-to-end/**/*.test.ts';
/** Looks at the template from all sides. */
const TEMPLATE = 'tests/infra/{checks,stack}/**/*.test.ts';
/** Asks for a database by `freshDatabase`: what stands on the functions, their roles and their schema. */
const DATABASE = [
  'tests/guards.test.ts',
  'tests/bench/submit/**/*.test.ts',
  'tests/functions/**/*.test.ts',
  'tests/infra/{database,migrator}/**/*.test.ts',
  'tests/lambda-runtime/**/*.test.ts',
  'tests/local/stack/**/*.test.ts',
];
/** Longer proofs, by `npm run soak` alone. */
const SOAK = 'tests/soak/**/*.test.ts';

export const PROJECTS = {
  pure: { include: [ALL], exclude: [BROWSER, END_TO_END, TEMPLATE, ...DATABASE, SOAK] },
  template: { include: [TEMPLATE] },
  database: { include: DATABASE, exclude: [BROWSER] },
  'end-to-end': { include: [END_TO_END], exclude: [BROWSER] },
  browser: { include: [BROWSER], exclude: [SOAK] },
  soak: { include: [SOAK] },
} satisfies Record<string, Project>;

export type ProjectName = keyof typeof PROJECTS;
