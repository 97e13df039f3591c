/**
 * Programs that are not npm packages. Where one is missing, the tests that need it are not collected: `npm test` names
 * them NOT RUN, and
 * nothing counts as skipped. In CI a program that `.ci/run` installs may not be missing.
 */
import { test, type TestFunction, type TestOptions } from 'vitest';
import { findTool, isRequired, type Tool } from './runner/tool-list.ts';

/** The path of a program for a test that was collected by `testWith`. */
export function requireTool(tool: Tool): string {
  const path = findTool(tool);
  if (path === undefined) throw new Error(`${tool} is not on PATH: collect this test by testWith('${tool}')`);
  return path;
}

type DefineTest = (name: string, ...rest: [TestFunction] | [TestOptions, TestFunction]) => void;

/** `test` for what needs these programs: where one of them is missing, there is no such test; in CI it is a failure. */
export function testWith(...tools: readonly Tool[]): DefineTest {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (process.env['CI'] && missing.some(isRequired))
    throw new Error(`not on PATH, and CI must run everything: ${missing.join(', ')}`);
  return missing.length === 0 ? (test as DefineTest) : () => undefined;
}
