import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod/mini';
import { DURATION_BUCKETS } from '../../../../functions/contract/catalogue.ts';
import { expressions, interpolate } from '../../../../local/monitoring/grafana/expressions.ts';
import { JAEGER, POSTGRES, PROMETHEUS } from '../../../../local/monitoring/grafana/uids.ts';
import { sloGroup } from '../../../../local/monitoring/prometheus/slo-rules.ts';
import { metricOf, read, type Dimension } from './promql.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'local', 'monitoring', 'grafana', 'dashboards');
const NAMES = ['service', 'bridge', 'slo', 'request'] as const;

const Link = z.object({ title: z.string(), url: z.optional(z.string()) });
const DataSource = z.object({ type: z.string(), uid: z.string() });
const Target = z.looseObject({ refId: z.string(), datasource: DataSource });
const Panel = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  description: z.optional(z.string()),
  datasource: z.optional(DataSource),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z._default(z.array(Target), []),
  fieldConfig: z.optional(
    z.object({
      defaults: z.looseObject({ unit: z.optional(z.string()), links: z._default(z.array(Link), []) }),
      overrides: z.array(
        z.object({
          matcher: z.object({ id: z.string(), options: z.string() }),
          properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
        }),
      ),
    }),
  ),
});
const Variable = z.object({ name: z.string(), type: z.string(), query: z.optional(z.string()) });
const Dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  links: z.array(z.looseObject({ tags: z.array(z.string()) })),
  tags: z.array(z.string()),
  panels: z.array(Panel),
  templating: z.object({ list: z.array(Variable) }),
});
type Panel = z.infer<typeof Panel>;

/** As Grafana reads them: the committed files. */
const dashboards = NAMES.map((name) => ({
  name,
  text: readFileSync(join(FOLDER, `${name}.json`), 'utf8'),
  ...Dashboard.parse(JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'))),
}));

function dashboardOf(name: (typeof NAMES)[number]) {
  return dashboards.find((dashboard) => dashboard.name === name) ?? assert.fail(name);
}

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Every link of every panel, with where it stands. */
function links(panel: Panel): z.infer<typeof Link>[] {
  const overrides = panel.fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
  const ofColumns = overrides.filter(({ id }) => id === 'links').flatMap(({ value }) => z.array(Link).parse(value));
  return [...(panel.fieldConfig?.defaults.links ?? []), ...ofColumns];
}

describe('the dashboards', () => {
  it('have uids and, within one, panel ids of their own, and no panel lies on another', () => {
    assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, 4);
    for (const { name, panels } of dashboards) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, name);
      for (const [index, panel] of panels.entries()) {
        assert.ok(panel.gridPos.x + panel.gridPos.w <= 24, `${name}: ${panel.title} is off the grid`);
        const below = panels.slice(0, index).find((other) => overlap(other.gridPos, panel.gridPos));
        assert.equal(below, undefined, `${name}: ${panel.title} lies on ${below?.title}`);
      }
    }
  });

  it('are of the last version of the classic model, which Grafana 12 and 13 read as it is', () => {
    assert.deepEqual(
      dashboards.map(({ schemaVersion }) => schemaVersion),
      [42, 42, 42, 42],
    );
  });

  it('say what each panel is for, and ask the data source that they name', () => {
    const types = new Map<string, string>([PROMETHEUS, JAEGER, POSTGRES].map(({ uid, type }) => [uid, type]));
    for (const { name, panels } of dashboards) {
      for (const { title, type, description, datasource, targets } of panels) {
        if (type === 'row') continue;
        assert.ok((description ?? '').length > 10, `${name}: ${title} has no description`);
        assert.ok(targets.length > 0, `${name}: ${title} asks nothing`);
        for (const target of targets) assert.deepEqual(target.datasource, datasource, `${name}: ${title}`);
        assert.equal(types.get(datasource?.uid ?? ''), datasource?.type, `${name}: ${title}`);
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, `${name}: ${title}`);
      }
    }
  });

  it('use no variable that they do not have and Grafana does not know', () => {
    const ofGrafana = ['__rate_interval', '__range', '__from', '__to', '__value.raw', '__timeFilter'];
    for (const { name, text, templating } of dashboards) {
      const used = [...text.matchAll(/\$\{?([a-z_][\w.]*)/g)].map(([, variable = '']) => variable);
      const known = [...ofGrafana, ...templating.list.map((variable) => variable.name)];
      assert.deepEqual(
        used.filter((variable) => !known.includes(variable)),
        [],
        name,
      );
      for (const { name: variable } of templating.list) {
        assert.ok(used.includes(variable), `${name}: ${variable} does nothing`);
      }
    }
  });
});

describe('the demonstration’s three panels', () => {
  const DEMONSTRATION = [
    ['Total Prior Auth Requests', 'prior_auth_requests_total'],
    ['Database Operations', 'sum(prior_auth_database_operations_total)'],
    ['Validation Failures (should be 0)', 'prior_auth_validation_failures_total'],
  ];

  it('come first, with its titles and queries to the letter, as time series of plain numbers', () => {
    const [row, ...panels] = dashboardOf('service').panels.slice(0, 4);
    assert.equal(row?.type, 'row');
    assert.deepEqual(
      panels.map(({ title, targets }) => [title, ...targets.map((target) => target['expr'])]),
      DEMONSTRATION,
    );
    for (const { type, fieldConfig } of panels) {
      assert.deepEqual([type, fieldConfig?.defaults.unit], ['timeseries', 'short']);
    }
  });
});

/** What a quantity may be shown as; the first series of the expression tells rates apart. */
function unitsOf({ count, seconds, isTimestamp }: Dimension, metric: string): string[] {
  if (isTimestamp === true) return [];
  switch (`${count} ${seconds}`) {
    case '0 0':
      return ['percentunit'];
    case '0 1':
      return ['s'];
    case '1 0':
      return ['short'];
    case '1 -1':
      if (metric === 'prior_auth_requests_total') return ['reqps'];
      return metric === 'prior_auth_database_operations_total' || metric.startsWith('traces_') ? ['ops'] : ['cps'];
    default:
      return [];
  }
}

describe('the expressions', () => {
  const all = expressions().map((expression) => ({ ...expression, reading: read(interpolate(expression.expr)) }));

  it('are those of every panel that asks Prometheus', () => {
    const panels = dashboards.flatMap((dashboard) => dashboard.panels.flatMap(({ targets }) => targets));
    const asked = panels.filter(({ datasource }) => datasource.uid === PROMETHEUS.uid).map((target) => target['expr']);
    assert.deepEqual(
      all.map(({ expr }) => expr),
      asked,
    );
    assert.ok(all.length >= 45, String(all.length));
  });

  it('are shown in the unit of what they measure, so that no axis counts in billions', () => {
    for (const { dashboard, panel, unit, expr, reading } of all) {
      // The one number that is no share: how many times faster than allowed.
      const isMultiple = /^(availability|latency): (page|ticket) above/.test(panel);
      const expected = isMultiple ? ['short'] : unitsOf(reading.dimension, reading.selectors[0]?.name ?? '');
      assert.ok(expected.includes(unit), `${dashboard}: ${panel} is in ${unit}, not ${expected.join()}: ${expr}`);
    }
  });

  it('name only metrics, labels and values of the catalogue, of the rules, of Prometheus and of the collector', () => {
    const recorded = sloGroup.rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));
    const bounds = DURATION_BUCKETS.map((bound) => (Number.isInteger(bound) ? `${bound}.0` : String(bound)));
    for (const { expr, reading } of all) {
      for (const { name, labels } of reading.selectors) {
        if (name.includes(':')) {
          assert.ok(recorded.includes(name), `no rule records ${name}`);
          assert.ok(labels['slo'] === 'availability' || labels['slo'] === 'latency', expr);
        }
        const metric = metricOf(name);
        for (const [label, value] of Object.entries(labels)) {
          if (metric === undefined || label === 'job') continue;
          const values = label === 'le' ? bounds : metric.labels[label];
          assert.ok(values?.includes(value), `${label}="${value}": ${expr}`);
        }
        for (const label of reading.by) {
          assert.ok(
            label === 'le' || label === 'span_name' || metric?.labels[label] !== undefined,
            `by ${label}: ${expr}`,
          );
        }
      }
    }
  });

  it('but for the demonstration’s look at one scrape job', () => {
    for (const { panel, expr, needsCollector, reading } of all) {
      if (needsCollector) continue;
      const isSeed = dashboardOf('service')
        .panels.slice(1, 4)
        .some(({ title }) => title === panel);
      const jobs = reading.selectors.map(({ labels }) => labels['job']);
      assert.deepEqual([...new Set(jobs)], [isSeed ? undefined : 'prior-auth-api'], expr);
    }
  });

  it('need the collector where they name its metrics, and there only', () => {
    const needing = all.filter(({ needsCollector }) => needsCollector);
    assert.deepEqual(
      needing.map(({ panel }) => panel),
      ['Spans per second', 'p95 of each step'],
    );
    for (const { reading, needsCollector } of all) {
      assert.equal(
        reading.selectors.some(({ name }) => name.startsWith('traces_')),
        needsCollector,
      );
    }
  });

  it('take rates over at least four scrapes', () => {
    for (const { expr } of all) {
      for (const [, window] of expr.matchAll(/rate\([^[]*\[([^\]]+)\]/g))
        assert.equal(window, '$__rate_interval', expr);
    }
  });

  it('bring the exemplars of the duration once, and where they are asked for there are buckets', () => {
    const exemplars = all.filter((expression) => expression.exemplars);
    assert.deepEqual(
      exemplars.map(({ panel }) => panel),
      ['Duration of a submit', 'p95 of each step'],
    );
    for (const { reading } of exemplars) assert.match(reading.selectors[0]?.name ?? '', /_bucket$/);
  });
});

describe('the links', () => {
  it('of each dashboard name all four, in sight', () => {
    for (const {
      name,
      tags,
      links: [link],
    } of dashboards) {
      assert.deepEqual([tags, link?.tags, link?.['type']], [['prior-auth'], ['prior-auth'], 'dashboards'], name);
      assert.equal(link?.['placement'], undefined, name);
    }
  });

  const all = dashboards.flatMap(({ name, panels }) =>
    panels.flatMap((panel) => links(panel).map((link) => ({ ...link, from: `${name}: ${panel.title}` }))),
  );

  it('lead to a dashboard that is there, by variables that it has', () => {
    const toDashboards = all.filter(({ url }) => url?.startsWith('/d/'));
    assert.ok(toDashboards.length >= 4);
    for (const { url = '', from } of toDashboards) {
      const { pathname, searchParams } = new URL(url, 'http://grafana');
      const target = dashboards.find(({ uid }) => pathname === `/d/${uid}`);
      assert.ok(target !== undefined, `${from} leads to ${pathname}`);
      for (const parameter of searchParams.keys()) {
        const known = ['from', 'to', ...target.templating.list.map(({ name }) => `var-${name}`)];
        assert.ok(known.includes(parameter), `${from} sets ${parameter}`);
      }
    }
  });

  it('open Explore on a trace or on the submits of the time shown', () => {
    const Panes = z.record(
      z.string(),
      z.object({
        datasource: z.string(),
        queries: z.array(z.looseObject({ query: z.optional(z.string()), queryType: z.optional(z.string()) })),
        range: z.object({ from: z.string(), to: z.string() }),
      }),
    );
    const asked = all
      .filter(({ url }) => url?.startsWith('/explore?'))
      .map(({ url = '' }) => {
        const panes = new URL(url, 'http://grafana').searchParams.get('panes') ?? '';
        const [pane] = Object.values(Panes.parse(JSON.parse(panes)));
        assert.equal(pane?.datasource, JAEGER.uid);
        const [query] = pane.queries;
        return query?.queryType === undefined ? query?.query : `${query.queryType} ${pane.range.from} ${pane.range.to}`;
      });
    assert.deepEqual(new Set(asked), new Set(['${__value.raw}', 'search ${__from} ${__to}']));
  });

  it('write Grafana’s variables as they are: percent-encoded it would not find them', () => {
    for (const { url = '' } of all) assert.doesNotMatch(url, /%24%7B/i);
  });

  it('go from each table of audit rows or requests to the trace and to the request', () => {
    for (const { title, type, fieldConfig } of dashboardOf('request').panels) {
      if (type !== 'table') continue;
      const columns = fieldConfig?.overrides.filter(({ properties }) => properties.some(({ id }) => id === 'links'));
      assert.deepEqual(columns?.map(({ matcher }) => matcher.options).sort(), ['request_id', 'trace_id'], title);
    }
  });
});
