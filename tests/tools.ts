/** Programs that are not npm packages. Without one its tests are NOT RUN, which `npm test` says at its end; in CI that is a failure. */
import type { TestContext } from 'node:test';
import { findProgram } from '../local/find-program.ts';

const TOOLS = {
  prometheus: 'the scrape of /metrics by a real Prometheus, and the queries of the seed',
  promtool: 'the check of /metrics by promtool',
} as const;
export type Tool = keyof typeof TOOLS;

/** Where a program is on PATH, or undefined. */
export function findTool(tool: Tool): string | undefined {
  return findProgram(tool, process.env['PATH']);
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
export function notRun(): string[] {
  return Object.entries(TOOLS).flatMap(([tool, what]) =>
    findTool(tool as Tool) === undefined ? [`${what}: ${tool} is not on PATH`] : [],
  );
}
