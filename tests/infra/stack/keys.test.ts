import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import * as z from 'zod/mini';
import { resource, resources, templateOf, text } from '../../fixtures/synthesised.ts';

const Policy = z.object({
  Statement: z.array(
    z.object({
      Principal: z.unknown(),
      Condition: z.optional(z.object({ ArnLike: z.optional(z.record(z.string(), z.unknown())) })),
    }),
  ),
});

describe('the key of log lines', () => {
  it('may be used by CloudWatch Logs for the log groups that it encrypts: all of them, and no others', () => {
    for (const stage of ['sandbox', 'production']) {
      const template = templateOf({ stage });
      const { KeyPolicy } = resource(template, 'AWS::KMS::Key', 'TelemetryKey').Properties;
      const patterns = Policy.parse(KeyPolicy).Statement.flatMap(({ Condition }) =>
        Object.values(Condition?.ArnLike ?? {}).map((arn) => text(arn).replace(/^.*:log-group:/, '')),
      );
      const names = resources(template, 'AWS::Logs::LogGroup').map(({ Properties }) =>
        String(Properties['LogGroupName']),
      );
      const matches = (pattern: string, name: string) => name.startsWith(pattern.replace(/\*$/, ''));
      for (const name of names)
        assert.ok(
          patterns.some((pattern) => matches(pattern, name)),
          name,
        );
      for (const pattern of patterns)
        assert.ok(
          names.some((name) => matches(pattern, name)),
          pattern,
        );
      assert.ok(patterns.every((pattern) => pattern.includes(`prior-auth-${stage}`)));
    }
  });

  it('is turned every year, as is that of the database', () => {
    for (const { Properties } of resources(templateOf(), 'AWS::KMS::Key'))
      assert.equal(Properties['EnableKeyRotation'], true);
  });
});
