import { App, CfnResource, Stack } from 'aws-cdk-lib';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { addChecks } from '../../../infra/checks/checks.ts';

const outdir = mkdtempSync(join(tmpdir(), 'prior-auth-checks-'));
afterAll(() => rmSync(outdir, { recursive: true }));

describe('the gate', () => {
  it('is shut when a check cannot be done at all', () => {
    const app = new App({ outdir, context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
    const route = { DestinationCidrBlock: 7 };
    new CfnResource(new Stack(app, 'Stack'), 'Route', { type: 'AWS::EC2::Route', properties: route });
    addChecks(app);
    assert.throws(() => app.synth(), /Validation failed/);
    assert.match(readFileSync(join(outdir, 'validation-report.json'), 'utf8'), /The check could not be done/);
  });
});
