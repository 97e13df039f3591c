import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkDashboards, judgeDashboards, readGenerated } from '../../../../local/doctor/hops/dashboards.ts';
import { DATA_SOURCES, judgeDataSource } from '../../../../local/doctor/hops/data-source.ts';
import { judgeGrafana } from '../../../../local/doctor/hops/grafana.ts';
import { DATA_SOURCES as PROVISIONED } from '../../../../local/monitoring/grafana/provisioning.ts';
import { brokenOf, REFUSED, reply, SILENT, systemWith } from '../fixtures.ts';

const stack = systemWith({ mode: 'stack' });
const HEALTH = reply(200, { database: 'ok', version: '12.4.5' });
const FOUND = reply(200, { uid: 'x' });

describe('Grafana', () => {
  it('is there when it is well and has the data sources of this project', () => {
    for (const system of [systemWith(), stack]) {
      assert.deepEqual(judgeGrafana(HEALTH, FOUND, system), {
        state: 'passed',
        observed: 'version 12.4.5',
        found: undefined,
        delay: undefined,
      });
    }
  });

  it('is no part of npm run local, whatever listens on its port', () => {
    const verdicts = [
      judgeGrafana(REFUSED, REFUSED, systemWith()),
      judgeGrafana(reply(200, '<html>'), reply(404, ''), systemWith()),
      judgeGrafana(HEALTH, reply(401, {}), systemWith()),
      judgeGrafana(HEALTH, reply(404, {}), systemWith()),
    ];
    assert.deepEqual(
      verdicts.map(({ state }) => state),
      ['absent', 'absent', 'absent', 'absent'],
    );
  });

  it('is a part of npm run stack, and says what it lacks', () => {
    assert.match(brokenOf(judgeGrafana(REFUSED, REFUSED, stack)).cause, /GRAFANA_PORT/);
    assert.match(brokenOf(judgeGrafana(reply(200, '<html>'), FOUND, stack)).observed, /another program’s/);
    assert.match(brokenOf(judgeGrafana(HEALTH, reply(401, {}), stack)).fix, /GRAFANA_PASSWORD/);
    assert.match(
      brokenOf(judgeGrafana(HEALTH, reply(404, {}), stack)).cause,
      /has not read local\/monitoring\/grafana\/provisioning/,
    );
    const unwell = reply(503, { database: 'failing', version: '12.4.5' });
    assert.match(brokenOf(judgeGrafana(unwell, FOUND, stack)).observed, /its own database: failing/);
    assert.equal(judgeGrafana(HEALTH, SILENT, stack).state, 'broken');
  });
});

describe('a data source of Grafana', () => {
  const [prometheus, , postgres] = DATA_SOURCES;
  const failing = (message: string) => reply(400, { status: 'ERROR', message });

  it('is one of those that are provisioned', () => {
    const provisioned = PROVISIONED.datasources.map(({ name, uid, url }) => ({ name, uid, url }));
    assert.deepEqual(
      DATA_SOURCES.map(({ name, uid, url }) => ({ name, uid, url })),
      provisioned,
    );
    for (const { service, url } of DATA_SOURCES) assert.match(url, new RegExp(`^(http://)?${service}:`));
  });

  it('is well when it says so', () => {
    const finding = judgeDataSource(reply(200, { status: 'OK', message: 'Database Connection OK' }), postgres);
    assert.deepEqual([finding.state, finding.observed], ['passed', 'Database Connection OK']);
    const unsure = reply(200, { status: 'UNKNOWN', message: 'Who knows' });
    assert.equal(brokenOf(judgeDataSource(unsure, postgres)).observed, 'Who knows');
    const without = reply(500, { message: 'Plugin unavailable', messageId: 'plugin.unavailable' });
    assert.equal(judgeDataSource(without, postgres).state, 'absent');
  });

  it('with a host that does not exist there is named by that host', () => {
    for (const words of ['no such host', 'server misbehaving']) {
      const finding = brokenOf(
        judgeDataSource(failing(`dial tcp: lookup promtheus on 127.0.0.11:53: ${words}\nmore`), prometheus),
      );
      assert.equal(finding.observed, `dial tcp: lookup promtheus on 127.0.0.11:53: ${words}`);
      assert.match(finding.cause, /does not know the host promtheus: .* names of hosts are those of services/);
      assert.match(finding.fix, /must be http:\/\/prometheus:9090/);
    }
    assert.match(
      brokenOf(judgeDataSource(failing('lookup prometheus: no such host'), prometheus)).cause,
      /the host prometheus:/,
    );
  });

  it('that is refused, locked out, silent, unknown or otherwise ill says so', () => {
    const refused = brokenOf(
      judgeDataSource(failing('dial tcp 127.0.0.1:9090: connect: connection refused'), prometheus),
    );
    assert.match(refused.cause, /in a container localhost is the container itself, or Prometheus is down/);
    for (const message of ['password authentication failed for user "x"', 'role "prior_auth_grafana" does not exist']) {
      assert.match(brokenOf(judgeDataSource(failing(message), postgres)).fix, /PRIOR_AUTH_GRAFANA_PASSWORD/);
    }
    assert.match(brokenOf(judgeDataSource(SILENT, postgres)).fix, /logs postgres/);
    assert.equal(
      brokenOf(judgeDataSource(reply(404, { message: 'Data source not found' }), postgres)).observed,
      'Data source not found',
    );
    assert.equal(brokenOf(judgeDataSource(reply(502, 'Bad gateway'), postgres)).observed, 'status 502');
  });
});

describe('the dashboards', () => {
  it('that are generated show every metric in the unit of what it measures', async () => {
    const finding = await checkDashboards(undefined);
    assert.equal(finding.state, 'passed');
    assert.match(
      finding.observed,
      /^\d\d panels of 4 dashboards in units that fit \(local\/monitoring\/grafana\/dashboards\)$/,
    );
  });

  it('with a unit that does not fit are named with panel and unit, in rows that are folded up, too', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'prior-auth-dashboards-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const panel = (title: string, unit: string) => ({
      type: 'timeseries',
      title,
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: [
        { refId: 'A', expr: 'prior_auth_requests_total' },
        { refId: 'B', rawSql: 'select 1' },
      ],
    });
    const row = { type: 'row', title: 'Row', panels: [panel('Folded', 'bytes')] };
    const dashboard = { title: 'Mine', panels: [panel('Good', 'short'), panel('Bad', 'ns'), row, { type: 'text' }] };
    writeFileSync(join(folder, 'mine.json'), JSON.stringify(dashboard));
    writeFileSync(join(folder, 'mine.ts'), 'not JSON');
    const finding = brokenOf(judgeDashboards(readGenerated(folder), 'here'));
    assert.equal(
      finding.observed,
      'Mine: “Bad” shows plain numbers in "ns"; Mine: “Folded” shows plain numbers in "bytes"',
    );
    assert.match(finding.fix, /Standard options → Unit: short/);
  });

  it('that Grafana does not have are missing', async () => {
    const finding = brokenOf(await checkDashboards(() => Promise.resolve(reply(200, []))));
    assert.equal(finding.observed, 'no dashboard tagged prior-auth in Grafana');
    assert.equal((await checkDashboards(() => Promise.resolve(SILENT))).state, 'broken');
  });
});
