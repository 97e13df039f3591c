import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { findSystem } from '../../../local/doctor/system.ts';
import { openFolders } from '../../../local/machine/folders.ts';
import { LAUNCHER, openRecord } from '../../../local/machine/processes.ts';
import { parseSettings } from '../../../local/machine/settings.ts';

const CONTAINER = 'postgresql://prior_auth:prior_auth@127.0.0.1:5432/prior_auth';
const EMBEDDED = 'postgresql://postgres:random@127.0.0.1:54321/postgres';

describe('where the system is', () => {
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'prior-auth-doctor-'));
    folder = join(parent, 'data');
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  const find = (environment: Record<string, string> = {}) =>
    findSystem(parseSettings({ LOCAL_DIR: folder, ...environment }));
  /** What a launcher leaves while it runs; this process stands for it. */
  function launch(databaseUrl: string): void {
    const folders = openFolders(parseSettings({ LOCAL_DIR: folder }));
    openRecord(folders.processes).add(LAUNCHER, process.pid);
    writeFileSync(folders.databaseUrl, databaseUrl);
  }

  it('follows from the settings alone where nothing was ever started, and nothing is made there', () => {
    const system = find({ API_PORT: '8001', OTLP_PORT: '4319', PROMETHEUS_PORT: '0' });
    assert.equal(system.mode, 'local');
    assert.equal(system.api, 'http://127.0.0.1:8001');
    assert.deepEqual([system.otlp, system.otlpSetting], ['http://127.0.0.1:4319', 'OTLP_PORT']);
    assert.equal(system.prometheus, undefined);
    assert.equal(system.database, undefined);
    assert.deepEqual([system.folders, [...system.processes]], [[], []]);
    assert.equal(existsSync(folder), false);
  });

  it('is npm run local where the launcher’s database is its own', () => {
    launch(EMBEDDED);
    const system = find();
    assert.equal(system.mode, 'local');
    assert.deepEqual(system.database, { host: '127.0.0.1', port: 54_321 });
    assert.deepEqual([...system.processes], [[LAUNCHER, process.pid]]);
    assert.deepEqual(
      system.folders.map(({ spool }) => spool.includes('functions-')),
      [false, true],
    );
  });

  it('is npm run stack where it is the container’s, with a Prometheus whatever PROMETHEUS_PORT leaves out', () => {
    launch(CONTAINER);
    const system = find({ PROMETHEUS_PORT: '0' });
    assert.equal(system.mode, 'stack');
    assert.equal(system.prometheus, 'http://127.0.0.1:9090');
  });

  it('takes what a killed launcher left for nothing', () => {
    launch(CONTAINER);
    const record = openRecord(openFolders(parseSettings({ LOCAL_DIR: folder })).processes);
    record.remove(LAUNCHER);
    const system = find();
    assert.deepEqual([system.mode, system.database], ['local', undefined]);
  });

  it('has a collector and a database of one’s own where the settings name them', () => {
    const own = 'postgresql://me:secret@db.example/prior';
    launch(own);
    const system = find({ DATABASE_URL: own, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' });
    assert.deepEqual([system.otlp, system.otlpSetting], ['http://collector:4318', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
    assert.deepEqual(system.database, { host: 'db.example', port: 5432 });
    assert.equal(system.folders.length, 1);
  });
});
