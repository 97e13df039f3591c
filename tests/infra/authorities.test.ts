import assert from 'node:assert/strict';
import { createSecureContext } from 'node:tls';
import { test } from 'vitest';
import { authorities, authoritiesPem } from '../../infra/authorities/authorities.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

test('there is one authority of Amazon RDS for each region, which vouches for itself', () => {
  const regions = authorities().map(({ region }) => region);
  assert.equal(new Set(regions).size, regions.length);
  assert.equal(regions.length, 27);
  for (const region of ['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-2'])
    assert.ok(regions.includes(region));
  for (const { certificate } of authorities()) {
    assert.ok(certificate.ca);
    assert.ok(certificate.checkIssued(certificate));
    assert.ok(certificate.verify(certificate.publicKey));
  }
});

test('none of them ends within twenty years', () => {
  for (const { certificate, region } of authorities()) {
    assert.ok(Date.parse(certificate.validTo) > Date.now() + 20 * YEAR_MS, region);
  }
});

test('their file is what TLS takes, and small', () => {
  const pem = authoritiesPem();
  assert.doesNotThrow(() => createSecureContext({ ca: pem }));
  assert.equal(pem.match(/-----BEGIN CERTIFICATE-----\n/g)?.length, authorities().length);
  assert.ok(pem.length < 48 * 1024, `${pem.length}`);
});
