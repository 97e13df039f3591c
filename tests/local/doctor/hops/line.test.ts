import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { judgeLine } from '../../../../local/doctor/hops/line.ts';
import { findInSpools, SubmitLine, type Logged } from '../../../../local/client/log-line.ts';
import { openFolders } from '../../../../local/machine/folders.ts';
import { parseSettings } from '../../../../local/machine/settings.ts';
import { statusLine, submitLine } from '../../../fixtures/wide-line.ts';
import { brokenOf, markedWith, NO_LAUNCHER, SENT_AT, systemWith, TRACE } from '../fixtures.ts';

const HEAD = 'ab'.repeat(32);
const folder = mkdtempSync(join(tmpdir(), 'prior-auth-doctor-'));
after(() => rmSync(folder, { recursive: true }));
const own = openFolders(parseSettings({ LOCAL_DIR: folder }));
const other = openFolders(parseSettings({ LOCAL_DIR: folder, DATABASE_URL: 'postgresql://u:p@h:5432/d' }));

const logged = (changes: Partial<Logged['line']> = {}): Logged => ({
  text: '{}',
  line: {
    ...SubmitLine.parse(submitLine({ trace_id: TRACE, audit_head: HEAD })),
    _aws: { Timestamp: SENT_AT + 12 },
    ...changes,
  },
});

describe('the line of the request', () => {
  it('is found in the spool that it was written to, behind what was there before, with the byte where it ends', () => {
    const old = JSON.stringify(submitLine({ trace_id: TRACE, event_id: 'old' }));
    const lines = [
      'serverless-offline: some notice',
      JSON.stringify(statusLine({ trace_id: TRACE, trace_flags: '01' })),
      JSON.stringify(submitLine({ trace_id: '1'.repeat(32) })),
      JSON.stringify(submitLine({ trace_id: TRACE, event_id: 'new' })),
    ];
    writeFileSync(own.spool, '');
    writeFileSync(other.spool, `${old}\n`);
    const marked = markedWith({ spoolSizes: [0, Buffer.byteLength(old) + 1] });
    const system = { folders: [own, other] };
    assert.equal(findInSpools(system, marked), undefined);
    appendFileSync(other.spool, `${lines.join('\n')}\n`);
    const found = findInSpools(system, marked);
    assert.equal(found?.line.event_id, 'new');
    assert.equal(found.text, lines.at(-1));
    assert.equal(found.spooled?.folders, other);
    assert.equal(found.spooled.end, Buffer.byteLength([old, ...lines].join('\n')) + 1);
  });

  it('is found behind more lines than are read at once', () => {
    writeFileSync(own.spool, `${'x'.repeat(1000)}\n`.repeat(1000));
    appendFileSync(own.spool, `${JSON.stringify(submitLine({ trace_id: TRACE }))}\n`);
    assert.equal(findInSpools({ folders: [own] }, markedWith({ spoolSizes: [0] }))?.line.trace_id, TRACE);
  });

  it('says whether the trace was kept, and ends with the trail’s hash', () => {
    const kept = judgeLine(logged(), markedWith(), HEAD, systemWith());
    assert.equal(kept.observed, 'in the trace store’s log, trace kept, audit_head as in the trail');
    assert.equal(kept.state, 'passed');
    assert.deepEqual(kept.delay, { ms: 12, by: 'timestamp' });
    const spooled = { ...logged({ trace_flags: '00' }), spooled: { folders: own, end: 1 } };
    assert.equal(judgeLine(spooled, markedWith(), undefined, systemWith()).observed, 'in the spool, trace sampled out');
  });

  it('that has another hash than the trail’s shows that somebody changed the trail', () => {
    const finding = brokenOf(judgeLine(logged(), markedWith(), 'cd'.repeat(32), systemWith()));
    assert.match(finding.cause, /somebody has changed it since/);
    assert.match(finding.fix, /npm run verify/);
  });

  it('that is nowhere is another launcher’s, or was never written', () => {
    const foreign = brokenOf(judgeLine(undefined, markedWith(), HEAD, systemWith(NO_LAUNCHER)));
    assert.match(foreign.fix, /LOCAL_DIR/);
    const lost = brokenOf(judgeLine(undefined, markedWith(), HEAD, systemWith()));
    assert.match(lost.cause, /does not reach the spool/);
  });
});
