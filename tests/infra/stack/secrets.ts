import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { templateOf } from '../../fixtures/synthesised.ts';

/**
 * What a secret looks like, or the name of what holds one; a URL with a password; a reference that CloudFormation would
 * fill in.
 */
const SECRETS = [
  /\bAKIA[0-9A-Z]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /:\/\/[^/"\s:@]+:[^/"\s@]+@/,
  /\{\{resolve:/,
  /"[^"]*(password|secret|api_?key)[^"]*":"/i,
  /\beyJ[\w-]{10,}\./,
  /(?<![\w+/])[A-Za-z0-9+/]{40}(?![\w+/])/,
];
/** Names that say so and hold none; then hashes of assets, and of the migrator. */
const HARMLESS = [
  /"GenerateSecret":true/g,
  /"PasswordPolicy":\{[^}]*\}/g,
  /"ServiceToken":\{/g,
  /"(S3Key|aws:asset:path|DashboardBody)":"[^"]*"/g,
  /"\d{4}_\w+\.sql":"[0-9a-f]{64}"/g,
  /"aws:cdk:path":"[^"]*"/g,
  /"Key":"Name","Value":"[^"]*"/g,
];

/** The part of the template that a secret could be in: the values, without the names that we gave to resources. */
function valuesOf(context: Record<string, string>): string {
  const { Resources, Outputs } = templateOf(context).toJSON() as Record<string, Record<string, unknown>>;
  const references = /\{"(Ref|Fn::GetAtt)":(\["[^"]*","[^"]*"\]|"[^"]*")\}|"DependsOn":\[[^\]]*\]/g;
  const values = JSON.stringify([Object.values(Resources ?? {}), Object.values(Outputs ?? {})]).replaceAll(
    references,
    '0',
  );
  return HARMLESS.reduce((rest, harmless) => rest.replaceAll(harmless, ''), values);
}

describe('the template', () => {
  for (const context of [{}, { stage: 'production', issuer: 'https://t.example.com', audience: 'one' }]) {
    it(`holds no secret: ${JSON.stringify(context)}`, () => {
      const values = valuesOf(context);
      assert.ok(values.length > 10_000);
      for (const secret of SECRETS) assert.equal(secret.exec(values)?.[0], undefined);
    });
  }

  it('would be caught with one', () => {
    const planted = [
      'AKIAIOSFODNN7EXAMPLE',
      '-----BEGIN PRIVATE KEY-----',
      'postgresql://user:hunter2@host/db',
      '{{resolve:secretsmanager:x}}',
      '"MasterUserPassword":"x"',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x',
      'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    ];
    for (const secret of planted)
      assert.ok(
        SECRETS.some((pattern) => pattern.test(secret)),
        secret,
      );
  });
});
