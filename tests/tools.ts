/**
 * Programs that are not npm packages. Without one its tests are NOT RUN, which `npm test` says at its end; in CI that
 * is a failure.
 */
import type { TestContext } from 'node:test';
import { findProgram } from '../local/machine/find-program.ts';

/** `.ci/run` installs what is missing of these, and knows the same names. */
const TOOLS = {
  prometheus: {
    names: ['prometheus'],
    tests:
      'the scrape of /metrics by a real Prometheus, its rules, the queries of the demonstration and of the dashboards',
  },
  promtool: { names: ['promtool'], tests: 'the checks of /metrics and of the rules by promtool' },
  // Debian's name for it first.
  alertmanager: { names: ['prometheus-alertmanager', 'alertmanager'], tests: 'the way of an alert to a receiver' },
  amtool: { names: ['amtool'], tests: "the check of Alertmanager's configuration" },
  // Ubuntu's chromium-browser may be a stub that asks for a snap: last.
  chromium: {
    names: ['chromium', 'google-chrome', 'chromium-browser'],
    tests: "the console's tests in a browser",
  },
} as const;
export type Tool = keyof typeof TOOLS;

/** Where a program is on a PATH, by the first of its names that is there, or undefined. */
export function findTool(tool: Tool, path = process.env['PATH']): string | undefined {
  return TOOLS[tool].names.map((name) => findProgram(name, path)).find((program) => program !== undefined);
}

/** The path of a program that a test needs. Skips the test where it is missing; fails it when CI is set. */
export function requireTool(tool: Tool, test: TestContext): string | undefined {
  const path = findTool(tool);
  if (path !== undefined) return path;
  if (process.env['CI']) throw new Error(`${tool} is not on PATH, and CI must run everything`);
  test.skip(`${tool} is not on PATH`);
  return undefined;
}

/** What could not be run here, a line each. */
export function notRun(path = process.env['PATH']): string[] {
  return Object.entries(TOOLS).flatMap(([tool, { tests }]) =>
    findTool(tool as Tool, path) === undefined ? [`${tests}: ${tool} is not on PATH`] : [],
  );
}
