// First: a Node that is too old says so instead of failing on what follows.
import './local/machine/require-node.cjs';
import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { PROJECTS, type ProjectName } from './tests/runner/projects.ts';
import { findTool, notRun } from './tests/runner/tool-list.ts';

/** Milliseconds that nothing comes near on a slow machine: a test that hangs ends, and no test is timed by it. */
const HANGS_MS = 300_000;
const CPUS = Math.max(2, availableParallelism());

/** What the projects have in common: each file is a process of its own, which writes to its own streams. */
const COMMON = {
  pool: 'forks' as const,
  isolate: true,
  testTimeout: HANGS_MS,
  hookTimeout: HANGS_MS,
  allowOnly: false,
  disableConsoleIntercept: true,
  setupFiles: ['tests/runner/plain-environment.ts'],
};

/** One PostgreSQL for all, of which each file has databases of its own. */
const POSTGRES = { globalSetup: 'tests/runner/postgres-setup.ts' };

/** What is slow starts many processes: two files at a time, after the others. */
const SLOW = { ...POSTGRES, maxWorkers: 2, sequence: { groupOrder: 1 } };
const QUICK = { maxWorkers: CPUS, sequence: { groupOrder: 0 } };

const SETTINGS: Record<ProjectName, object> = {
  pure: QUICK,
  // In one process of each worker: to load the CDK takes longer than all of the assertions.
  template: { ...QUICK, isolate: false },
  database: { ...QUICK, ...POSTGRES },
  'end-to-end': SLOW,
  browser: { ...SLOW, sequence: { groupOrder: 1 } },
  soak: { ...SLOW, maxWorkers: 1, sequence: { groupOrder: 2 } },
};

function project(name: ProjectName): TestProjectInlineConfiguration {
  return { extends: true, test: { name, ...COMMON, ...SETTINGS[name], ...PROJECTS[name] } };
}

/**
 * Where no Chromium is, its tests are NOT RUN; in CI they run, and fail. `npm run soak` alone has the longer proofs.
 */
function names(): ProjectName[] {
  if (process.env['SOAK'] === 'true') return ['soak'];
  const hasBrowser = findTool('chromium') !== undefined || process.env['CI'] !== undefined;
  return ['pure', 'template', 'database', 'end-to-end', ...(hasBrowser ? (['browser'] as const) : [])];
}

export default defineConfig({
  test: {
    projects: names().map(project),
    // A file may have no test at all where the program is missing that they need.
    passWithNoTests: notRun().length > 0,
    coverage: {
      provider: 'v8',
      // Files that no test loads count, too.
      include: ['functions/**/*.ts', 'layers/**/*.ts'],
      reportsDirectory: '.local/coverage',
      reporter: ['text', 'json-summary'],
      thresholds: { branches: 90 },
    },
  },
});
