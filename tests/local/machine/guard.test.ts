import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { isOwnRequest } from '../../../local/machine/guard.ts';

const HERE = { port: 8000 };

describe('the guard of a listener', () => {
  for (const host of ['localhost:8000', '127.0.0.1:8000', '[::1]:8000', 'LOCALHOST:8000']) {
    test(`lets this machine’s programs through, and its own page: ${host}`, () => {
      assert.equal(isOwnRequest({ host }, HERE), true);
      assert.equal(isOwnRequest({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, HERE), true);
      assert.equal(isOwnRequest({ host, 'sec-fetch-site': 'none' }, HERE), true);
    });
  }

  const FOREIGN_HOSTS = [
    undefined,
    '',
    'evil.example:8000',
    'evil.example',
    'localhost.evil.example:8000',
    'localhost:8001',
    'localhost',
    'localhost:',
    'localhost:x',
    'user@localhost:8000',
    '127.0.0.2:8000',
    '[::2]:8000',
    '0.0.0.0:8000',
    'host.docker.internal:8000',
  ];
  for (const host of FOREIGN_HOSTS) {
    test(`stops a name that is not this machine’s, as a page has after DNS rebinding: ${host}`, () => {
      assert.equal(isOwnRequest(host === undefined ? {} : { host }, HERE), false);
    });
  }

  for (const origin of [
    'https://evil.example',
    'null',
    '',
    'http://localhost:3000',
    'https://localhost:8000',
    'http://localhost',
  ]) {
    test(`stops a page of another origin: "${origin}"`, () => {
      assert.equal(isOwnRequest({ host: 'localhost:8000', origin }, HERE), false);
    });
  }

  for (const site of ['cross-site', 'same-site', 'SAME-ORIGIN', '']) {
    test(`stops what the browser says is "${site}", a link included`, () => {
      const headers = { host: 'localhost:8000', 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' };
      assert.equal(isOwnRequest(headers, HERE), false);
    });
  }

  test('lets a link through where a person looks at something, and no other request of that page', () => {
    const headers = { host: 'localhost:16686', 'sec-fetch-site': 'cross-site' };
    assert.equal(isOwnRequest({ ...headers, 'sec-fetch-mode': 'navigate' }, { links: true }), true);
    assert.equal(isOwnRequest({ ...headers, 'sec-fetch-mode': 'no-cors' }, { links: true }), false);
    const submitted = { ...headers, origin: 'https://evil.example', 'sec-fetch-mode': 'navigate' };
    assert.equal(isOwnRequest(submitted, { links: true }), false);
  });

  test('knows one more name where it is told one, and takes port 80 where a name has none', () => {
    const alias = 'host.docker.internal';
    assert.equal(isOwnRequest({ host: `${alias}:8000` }, { ...HERE, alias }), true);
    assert.equal(isOwnRequest({ host: 'localhost' }, { port: 80 }), true);
  });
});
