/**
 * The programs that some tests run, and what is not run where one is missing. Known to the configuration of vitest, so
 * it imports no test.
 */
import { findProgram } from '../../local/machine/find-program.ts';

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
/** Nothing installs these: nobody has to have them. */
const OPTIONAL_TOOLS = {
  'otelcol-contrib': {
    names: ['otelcol-contrib'],
    tests: 'local/monitoring/collector/collector.yaml in a real OpenTelemetry Collector',
  },
  jaeger: {
    names: ['jaeger'],
    tests: 'the end-to-end traces against a real Jaeger with local/monitoring/jaeger/jaeger.yaml',
  },
  grafana: { names: ['grafana'], tests: 'the provisioning and the dashboards in a real Grafana' },
} as const;
const ALL = { ...TOOLS, ...OPTIONAL_TOOLS };
export type Tool = keyof typeof ALL;

/** Whether `.ci/run` installs it, which knows the same names. */
export function isRequired(tool: Tool): boolean {
  return tool in TOOLS;
}

/** Where a program is on a PATH, by the first of its names that is there, or undefined. */
export function findTool(tool: Tool, path = process.env['PATH']): string | undefined {
  return ALL[tool].names.map((name) => findProgram(name, path)).find((program) => program !== undefined);
}

/** What is not run where only these programs are, a line each: first what CI must have. */
export function notRun(path = process.env['PATH']): string[] {
  return Object.entries(ALL).flatMap(([tool, { tests }]) =>
    findTool(tool as Tool, path) === undefined ? [`${tests}: ${tool} is not on PATH`] : [],
  );
}
