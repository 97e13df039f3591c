import type { NagPack } from 'cdk-nag';
import { AwsSolutionsChecks, HIPAASecurityChecks, ServerlessChecks } from 'cdk-nag';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { acknowledge, ACKNOWLEDGEMENTS } from '../../../infra/checks/acknowledgements.ts';
import { construct, type Context } from '../../fixtures/synthesised.ts';

/** Every choice of a context that changes what is deployed. */
const VARIANTS: readonly Context[] = [
  {},
  { concurrency: 'none' },
  { otlp: 'off' },
  { otlp: 'https://otlp.example.com' },
  { 'alarm-email': 'on-call@example.com' },
  { stage: 'production' },
  { stage: 'production', issuer: 'https://tokens.example.com', audience: 'one' },
];
const MOST = 8;

/** The findings of all packs, `rule at path below the stack`. */
function findings(context: Context, acknowledged: boolean): string[] {
  const { app, stack, settings } = construct(context);
  if (acknowledged) acknowledge(stack, settings);
  const packs: NagPack[] = [new AwsSolutionsChecks(), new HIPAASecurityChecks(), new ServerlessChecks()];
  return packs
    .flatMap((pack) => pack.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => `${ruleName} at ${constructPath.replace(/^[^/]*\//, '')}`),
    );
}

describe('the packs of cdk-nag', () => {
  for (const context of VARIANTS) {
    it(`find nothing that is not acknowledged: ${JSON.stringify(context)}`, () => {
      assert.deepEqual(findings(context, true), []);
    });
  }
});

describe('an acknowledgement', () => {
  for (const context of VARIANTS) {
    const { settings } = construct(context);
    const made = ACKNOWLEDGEMENTS.filter(({ appliesTo }) => appliesTo?.(settings) !== false);

    it(`matches a live finding, each of its rules: ${JSON.stringify(context)}`, () => {
      const live = findings(context, false);
      for (const { at, rules } of made) {
        for (const rule of rules) {
          const found = live.filter((one) => one === `${rule} at ${at}` || one.startsWith(`${rule} at ${at}/`));
          assert.notEqual(found.length, 0, `${rule} at ${at}`);
        }
      }
    });

    it(`is one of at most ${MOST}: ${JSON.stringify(context)}`, () => {
      assert.ok(made.length <= MOST, `${made.length}`);
    });
  }

  it('names one rule of each pack that has it', () => {
    for (const { rules } of ACKNOWLEDGEMENTS) {
      const named = new Set(rules.map((rule) => rule.replace(/\[.*/, '')));
      const packs = new Set([...named].map((rule) => rule.replace(/-.*/, '')));
      assert.equal(named.size, packs.size, rules.join());
    }
  });

  it('has a reason that says why', () => {
    for (const { reason } of ACKNOWLEDGEMENTS) assert.ok(reason.length > 60, reason);
  });

  it('of a construct that is gone is an error', () => {
    const { stack, settings } = construct();
    stack.node.findChild('Service').node.tryRemoveChild('DeadLetters');
    assert.throws(() => acknowledge(stack, settings), /DeadLetters/);
  });
});
