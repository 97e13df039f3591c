import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXAMPLES } from '../../../../local/demo/examples.ts';
import { judgeMoves } from '../../../../local/demo/what/what.ts';
import { faultsOf } from '../fixtures.ts';
import { accepted, reading, refused } from '../../client/fixtures.ts';

const [normal, slow, malformed] = EXAMPLES;
const FIELDS = ['member_id', 'provider_npi', 'diagnosis_code', 'requested_service'];

describe('what is said of the counters', () => {
  it('names what an accepted submit moved and by how much', () => {
    const { lines, ...findings } = judgeMoves(reading(), reading(...accepted(0.04)), normal!);
    assert.deepEqual(faultsOf(findings), []);
    assert.deepEqual(lines, [
      ' +1  prior_auth_requests_total{status="success"}',
      ' +1  prior_auth_database_operations_total{operation_type="generate_request_id"}',
      ' +1  prior_auth_database_operations_total{operation_type="insert_request"}',
      ' +3  prior_auth_database_operations_total{operation_type="insert_audit_event"}',
      ' +1  prior_auth_npi_check_failures_total',
      ' +1  prior_auth_request_duration_seconds_bucket{status="success",le="0.05"}  > 0.025 s',
    ]);
  });

  it('names every series that stood still or moved too little', () => {
    const samples = accepted(0.04).filter(({ metric }) => metric !== 'prior_auth_npi_check_failures_total');
    const less = samples.map((sample) => ({ ...sample, value: sample.value === 3 ? 2 : sample.value }));
    assert.deepEqual(faultsOf(judgeMoves(reading(), reading(...less), normal!)), [
      'prior_auth_database_operations_total{operation_type="insert_audit_event"} moved by 2, not by 3.',
      'prior_auth_npi_check_failures_total moved by 0, not by 1.',
    ]);
  });

  it('finds a slow submit that no bucket above two seconds took', () => {
    assert.deepEqual(faultsOf(judgeMoves(reading(), reading(...accepted(2.05)), slow!)), []);
    assert.deepEqual(faultsOf(judgeMoves(reading(), reading(...accepted(1.9)), slow!)), [
      'No bucket of the duration histogram above 2 s took the request.',
    ]);
  });

  it('says that nothing was stored of a refused submit', () => {
    const { lines, ...findings } = judgeMoves(reading(), reading(...refused(...FIELDS)), malformed!);
    assert.deepEqual(faultsOf(findings), []);
    assert.equal(
      lines.at(-1),
      ' +0  prior_auth_database_operations_total{operation_type="insert_request"}  nothing was stored',
    );
  });

  it('finds an insert that belongs to no success, and leaves alone those that do', () => {
    const insert = {
      metric: 'prior_auth_database_operations_total',
      labels: { operation_type: 'insert_request' },
      value: 1,
    } as const;
    const others = [...refused(...FIELDS), ...accepted(0.04), ...accepted(0.04)];
    assert.deepEqual(faultsOf(judgeMoves(reading(), reading(...others), malformed!)), []);
    assert.deepEqual(faultsOf(judgeMoves(reading(), reading(...others, insert), malformed!)), [
      '3 requests were stored while 2 submits succeeded.',
    ]);
  });
});
