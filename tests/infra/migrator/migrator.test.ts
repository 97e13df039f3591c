import assert from 'node:assert/strict';
import { afterAll, describe, it } from 'vitest';
import * as z from 'zod/mini';
import { createMigrator } from '../../../infra/migrator/migrator.ts';
import { startAnswers } from '../../fixtures/answers.ts';

const IDS = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Schema' };
const SCHEMA = { ...IDS, PhysicalResourceId: 'schema' };

const answers = await startAnswers();
afterAll(() => answers.close());
const { puts } = answers;

function request(RequestType: string): unknown {
  return {
    RequestType,
    ResponseURL: `${answers.address}/answer?signature=a%2Bb`,
    ResourceType: 'Custom::Schema',
    ...IDS,
  };
}

/** What CloudFormation is told when a migration ends like this. */
async function told(migrate: () => Promise<string[]>, type = 'Update'): Promise<unknown> {
  puts.length = 0;
  await createMigrator(migrate)(request(type));
  assert.equal(puts.length, 1);
  return puts[0]?.body;
}

describe('the migrator', () => {
  it('applies the migrations and tells CloudFormation which', async () => {
    for (const type of ['Create', 'Update']) {
      const answer = await told(() => Promise.resolve(['0001.sql', '0002.sql']), type);
      assert.deepEqual(answer, { ...SCHEMA, Status: 'SUCCESS', Data: { Applied: '0001.sql, 0002.sql' } });
    }
  });

  it('puts its answer as the presigned URL wants it: the whole address, and no content type', async () => {
    await told(() => Promise.resolve([]));
    assert.equal(puts[0]?.method, 'PUT');
    assert.equal(puts[0].url, '/answer?signature=a%2Bb');
    assert.equal(puts[0].headers['content-type'], '');
    assert.equal(puts[0].headers['content-length'], String(JSON.stringify(puts[0].body).length));
  });

  it('leaves the schema where it is when the stack goes', async () => {
    const answer = await told(() => assert.fail('nothing is to be migrated'), 'Delete');
    assert.deepEqual(answer, { ...SCHEMA, Status: 'SUCCESS' });
  });

  it('tells of a failure what we say ourselves, and of PostgreSQL its code alone', async () => {
    const ours = new Error('0001.sql was applied in another form');
    assert.deepEqual(await told(() => Promise.reject(ours)), { ...SCHEMA, Status: 'FAILED', Reason: ours.message });
    const row = Object.assign(new Error('invalid input syntax: "M12345"'), { name: 'PostgresError', code: '22P02' });
    const Reason = 'The migration failed: PostgresError 22P02';
    assert.deepEqual(await told(() => Promise.reject(row)), { ...SCHEMA, Status: 'FAILED', Reason });
  });

  it('fails when its answer is not taken, so that it is called again', async () => {
    answers.status = 403;
    await assert.rejects(
      told(() => Promise.resolve([])),
      /did not take the answer: 403/,
    );
    answers.status = 200;
  });

  it('refuses what is no request of CloudFormation', async () => {
    const migrate = createMigrator(() => assert.fail('nothing is to be migrated'));
    await assert.rejects(migrate({ RequestType: 'Create' }), z.core.$ZodError);
  });
});
