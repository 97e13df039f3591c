import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseStackOptions } from '../../../local/stack/options.ts';

const LAUNCHER = { json: false, watch: false, build: true, reset: false };

describe('the options of npm run stack', () => {
  const READ: [string[], object][] = [
    [[], { action: 'up', launcher: LAUNCHER }],
    [['--json', '--watch'], { action: 'up', launcher: { ...LAUNCHER, json: true, watch: true } }],
    [['--no-build'], { action: 'up', launcher: { ...LAUNCHER, build: false } }],
    [['--down'], { action: 'down', volumes: false }],
    [['--down', '--volumes'], { action: 'down', volumes: true }],
  ];
  for (const [args, expected] of READ) {
    test(`are read: ${args.join(' ') || 'none'}`, () => {
      assert.deepEqual(parseStackOptions(args), expected);
    });
  }

  for (const arg of ['--help', '-h']) {
    test(`${arg} prints every option and ends well`, () => {
      const result = parseStackOptions(['--down', arg]);
      assert.ok('text' in result);
      assert.equal(result.exitCode, 0);
      for (const name of ['--down', '--volumes', '--json', '--watch', '--no-build', '--help'])
        assert.ok(result.text.includes(`  ${name} `), name);
    });
  }

  const REFUSED: [string[], RegExp][] = [
    [['--volumes'], /^--volumes goes with --down\. See /],
    [['--down', '--watch'], /^--down goes with nothing but --volumes\. See /],
    [['--down', '--json'], /^--down goes/],
    [['--down', '--no-build'], /^--down goes/],
    [['--reset'], /^Unknown option '--reset'/],
    [['up'], /^Unexpected argument 'up'/],
    [['--down=1'], /--down/],
  ];
  for (const [args, fault] of REFUSED) {
    test(`${args.join(' ')} is refused in one line with exit code 2`, () => {
      const result = parseStackOptions(args);
      assert.ok('text' in result);
      assert.equal(result.exitCode, 2);
      assert.match(result.text, fault);
      assert.match(result.text, /\. See npm run stack -- --help$/);
    });
  }
});
