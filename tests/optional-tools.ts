/**
 * Backends that some tests run the real system against. Nothing installs them: where one is missing its tests are NOT
 * RUN.
 */
import type { TestContext } from 'node:test';
import { findProgram } from '../local/machine/find-program.ts';

const OPTIONAL_TOOLS = {
  'otelcol-contrib': 'local/monitoring/collector/collector.yaml in a real OpenTelemetry Collector',
  jaeger: 'the end-to-end traces against a real Jaeger with local/monitoring/jaeger/jaeger.yaml',
  grafana: 'the provisioning and the dashboards in a real Grafana',
} as const;
export type OptionalTool = keyof typeof OPTIONAL_TOOLS;

/** The path of a program that a test needs, or undefined after the test was skipped for its lack. */
export function optionalTool(tool: OptionalTool, test: TestContext): string | undefined {
  const path = findProgram(tool, process.env['PATH']);
  if (path === undefined) test.skip(`${tool} is not on PATH`);
  return path;
}

/** What could not be run here for the lack of a program that nobody has to have, a line each. */
export function optionalNotRun(): string[] {
  return Object.entries(OPTIONAL_TOOLS).flatMap(([tool, tests]) =>
    findProgram(tool, process.env['PATH']) === undefined ? [`${tests}: ${tool} is not on PATH`] : [],
  );
}
