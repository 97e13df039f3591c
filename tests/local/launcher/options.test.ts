import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseOptions } from '../../../local/launcher/options.ts';

const DEFAULTS = { json: false, reset: false, watch: false, build: true };

describe('the options of npm run local', () => {
  const READ: [string[], object][] = [
    [[], {}],
    [['--json'], { json: true }],
    [['--reset', '--watch'], { reset: true, watch: true }],
    [['--no-build'], { build: false }],
  ];
  for (const [args, changed] of READ) {
    test(`are read: ${args.join(' ') || 'none'}`, () => {
      const { help, ...options } = { help: false, ...parseOptions(args) };
      assert.deepEqual([help, options], [false, { ...DEFAULTS, ...changed }]);
    });
  }

  for (const arg of ['--help', '-h']) {
    test(`${arg} prints every option and ends well`, () => {
      const result = parseOptions(['--json', arg]);
      assert.ok('text' in result);
      assert.equal(result.exitCode, 0);
      for (const name of ['--json', '--reset', '--watch', '--no-build', '--help'])
        assert.ok(result.text.includes(name));
    });
  }

  for (const args of [['--jsn'], ['start'], ['--json=1'], ['-x']]) {
    test(`${args.join(' ')} is not known: named in one line, and exit code 2`, () => {
      const result = parseOptions(args);
      assert.ok('text' in result);
      assert.equal(result.exitCode, 2);
      assert.match(result.text, new RegExp(args[0]?.replace('=1', '') ?? ''));
      assert.match(result.text, /\. See npm run local -- --help$/);
    });
  }
});
