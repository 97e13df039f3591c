/** The gate that keeps secrets out of the repository and of what is built: that it finds what it is there for. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
/** In parts, or the gate would find them here. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  'a key of AWS': ['aws_secret_access_key = ', 'wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEKEZ'],
  'a private key': [
    '-----BEGIN RSA PRIVATE KEY-----\n',
    `${'MIIEpAIBAAKCAQEA'.repeat(8)}\n`,
    '-----END RSA PRIVATE KEY-----',
  ],
  'the password of a database': ['postgresql://owner:', 'Tr0ub4dor@db.example.com/prior_auth'],
  'the password of a collector': ['https://spans:', 'Tr0ub4dor@otlp.example.com'],
  'a webhook of Slack': ['https://hooks.slack.com/services/', 'T01AB2CD3/B01AB2CD3/', 'abcdefghijklmnopqrstuvwx'],
};

/** What the gate makes of a file with this content. */
async function scan(content: string): Promise<{ code: unknown; output: string }> {
  const command = resolve(ROOT, 'node_modules/.bin/secretlint');
  const child = spawn(process.execPath, [command, '--stdinFileName', 'settings.txt'], { cwd: ROOT });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(content);
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, output };
}

describe('the gate of secrets', () => {
  for (const [name, parts] of Object.entries(SECRETS)) {
    test(`finds ${name}, and does not print it`, async () => {
      const { code, output } = await scan(parts.join(''));
      assert.equal(code, 1);
      assert.match(output, /1 problem/);
      assert.ok(!output.includes(parts.at(-1) ?? ''), output);
    });
  }

  test('lets through what holds none', async () => {
    assert.deepEqual(await scan('postgresql://prior_auth_submit@db.example.com:5432/prior_auth'), {
      code: 0,
      output: '',
    });
  });
});
