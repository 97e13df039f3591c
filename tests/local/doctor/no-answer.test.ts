import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainNoAnswer } from '../../../local/doctor/no-answer.ts';

describe('what it means that a place does not answer', () => {
  const place = { url: 'http://grafana:3000', what: 'Grafana', setting: 'GRAFANA_PORT', start: 'Start it.' };

  it('is said by how it fails: what, which setting, what to do', () => {
    const refused = explainNoAnswer(place, { failure: 'refused', code: 'ECONNREFUSED' });
    assert.deepEqual(refused, {
      state: 'broken',
      observed: 'connection refused at grafana:3000',
      cause: 'Nothing listens at grafana:3000 (GRAFANA_PORT): Grafana is not up.',
      fix: 'Start it.',
    });
    const unknown = explainNoAnswer(place, { failure: 'unknown host', code: 'ENOTFOUND' });
    assert.equal(unknown.observed, 'no such host: grafana');
    assert.equal(unknown.fix, 'Put localhost in place of grafana in GRAFANA_PORT.');
    const silent = explainNoAnswer(place, { failure: 'silent', code: 'TimeoutError' });
    assert.match(silent.cause, /hangs, or is suspended/);
    const other = explainNoAnswer(place, { failure: 'not HTTP', code: 'HTTPParserError' });
    assert.match(other.cause, /does not speak HTTP, or has just ended: it may be another program than Grafana/);
  });
});
