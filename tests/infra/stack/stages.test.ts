import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { construct, resources, templateOf } from '../../fixtures/synthesised.ts';

const TAGGED = [
  'AWS::Lambda::Function',
  'AWS::RDS::DBCluster',
  'AWS::Logs::LogGroup',
  'AWS::KMS::Key',
  'AWS::SQS::Queue',
];

describe('a stage', () => {
  it('has a stack of its own, which in production cannot be deleted by mistake', () => {
    assert.equal(construct().stack.stackName, 'prior-auth-sandbox');
    assert.equal(construct().stack.terminationProtection, false);
    const { stack } = construct({ stage: 'production' });
    assert.equal(stack.stackName, 'prior-auth-production');
    assert.equal(stack.terminationProtection, true);
  });

  it('is named on everything that costs', () => {
    for (const stage of ['sandbox', 'production']) {
      for (const type of TAGGED) {
        for (const { Properties, path } of resources(templateOf({ stage }), type)) {
          if (path.startsWith('Custom::')) continue;
          const tags = JSON.stringify(Properties['Tags']);
          assert.match(tags, /\{"Key":"project","Value":"prior-auth"\}/, path);
          assert.ok(tags.includes(`{"Key":"stage","Value":"${stage}"}`), path);
        }
      }
    }
  });

  it('says where PHI is: in the cluster of the database, and in no log group, queue or function', () => {
    const withPhi = TAGGED.flatMap((type) => resources(templateOf(), type)).filter(({ Properties }) =>
      JSON.stringify(Properties).includes('{"Key":"data","Value":"phi"}'),
    );
    assert.deepEqual(
      withPhi.map(({ path }) => path),
      ['Foundation/Database/Cluster'],
    );
  });

  it('leaves log groups and keys behind in production alone', () => {
    for (const [stage, policy] of [
      ['sandbox', 'Delete'],
      ['production', 'RetainExceptOnCreate'],
    ] as const) {
      for (const type of ['AWS::Logs::LogGroup', 'AWS::KMS::Key', 'AWS::SQS::Queue']) {
        for (const { DeletionPolicy, path } of resources(templateOf({ stage }), type)) {
          assert.equal(DeletionPolicy, policy, path);
        }
      }
    }
  });
});
