import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { writeConfigurationFolder } from '../../../../local/machine/configuration-folder.ts';
import { alertmanagerFiles } from '../../../../local/monitoring/alertmanager/configuration.ts';
import type { Receivers } from '../../../../local/monitoring/alertmanager/receivers.ts';
import { parseReceivers } from '../../../../local/monitoring/alertmanager/settings.ts';
import { requireTool } from '../../../tools.ts';

const COMMITTED = resolve(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'local',
  'monitoring',
  'alertmanager',
  'alertmanager.yml',
);

const SLACK = { ALERT_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/rosebud' };
const EMAIL = {
  ALERT_EMAIL_TO: 'on-call@payer.example',
  ALERT_EMAIL_FROM: 'alerts@payer.example',
  ALERT_SMTP_HOST: 'smtp.payer.example:587',
};
const LOGIN = { ALERT_SMTP_USERNAME: 'alerts', ALERT_SMTP_PASSWORD: 'xanadu' };

/**
 * What amtool finds in the configuration with these settings: the file is valid, and who is told of an alert of either
 * severity.
 */
function told(t: TestContext, environment: Record<string, string>): string[] {
  const amtool = requireTool('amtool', t);
  if (amtool === undefined) return [];
  const folder = join(mkdtempSync(join(tmpdir(), 'prior-auth-alertmanager-')), 'configuration');
  t.after(() => rmSync(resolve(folder, '..'), { recursive: true }));
  writeConfigurationFolder(folder, alertmanagerFiles(parseReceivers(environment), folder));
  const file = join(folder, 'alertmanager.yml');
  execFileSync(amtool, ['check-config', file], { stdio: 'pipe' });
  return ['page', 'ticket'].map((severity) => {
    const args = ['config', 'routes', 'test', `--config.file=${file}`, `severity=${severity}`];
    return execFileSync(amtool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  });
}

describe('the configuration of Alertmanager', () => {
  test('tells nobody by default, and is the committed one, so that Compose alone uses the same', (t) => {
    assert.deepEqual(alertmanagerFiles({}), { 'alertmanager.yml': readFileSync(COMMITTED, 'utf8') });
    if (requireTool('amtool', t) !== undefined) assert.deepEqual(told(t, {}), ['nobody', 'nobody']);
  });

  for (const [mode, environment] of Object.entries({
    Slack: SLACK,
    email: EMAIL,
    'email with a login': { ...EMAIL, ...LOGIN },
    both: { ...SLACK, ...EMAIL, ...LOGIN },
  })) {
    test(`is valid with ${mode}, and tells the team of everything`, (t) => {
      if (requireTool('amtool', t) !== undefined) assert.deepEqual(told(t, environment), ['team', 'team']);
    });
  }

  test('names where its secrets are, and holds none', () => {
    const { 'alertmanager.yml': text = '', ...secrets } = alertmanagerFiles(
      parseReceivers({ ...SLACK, ...EMAIL, ...LOGIN }),
    );
    assert.deepEqual(secrets, { 'slack-webhook-url': SLACK.ALERT_SLACK_WEBHOOK_URL, 'smtp-password': 'xanadu' });
    assert.doesNotMatch(text, /rosebud|xanadu/);
    assert.match(text, /api_url_file: \/etc\/alertmanager\/slack-webhook-url/);
    assert.match(text, /auth_password_file: \/etc\/alertmanager\/smtp-password/);
  });

  test('tells also that an alert is over, which Alertmanager leaves out by default', () => {
    const { 'alertmanager.yml': text } = alertmanagerFiles(parseReceivers({ ...SLACK, ...EMAIL }));
    assert.equal(text?.match(/send_resolved: true/g)?.length, 2);
  });
});

describe('the settings of the receivers', () => {
  test('are all off when unset or empty', () => {
    const off: Receivers = { slack: undefined, email: undefined };
    assert.deepEqual(parseReceivers({}), off);
    assert.deepEqual(parseReceivers({ ALERT_SLACK_WEBHOOK_URL: '', ALERT_EMAIL_TO: '' }), off);
  });

  test('want TLS for email unless it is refused, and log in only when asked to', () => {
    const email = { to: EMAIL.ALERT_EMAIL_TO, from: EMAIL.ALERT_EMAIL_FROM, smarthost: EMAIL.ALERT_SMTP_HOST };
    assert.deepEqual(parseReceivers(EMAIL).email, { ...email, requireTls: true, login: undefined });
    const plain = parseReceivers({ ...EMAIL, ...LOGIN, ALERT_SMTP_REQUIRE_TLS: 'false' }).email;
    assert.deepEqual(plain, { ...email, requireTls: false, login: { username: 'alerts', password: 'xanadu' } });
  });

  test('are refused with every fault named, and no value told', () => {
    const faulty = {
      ALERT_SLACK_WEBHOOK_URL: 'http://hooks.slack.example/rosebud',
      ALERT_EMAIL_TO: 'rosebud',
      ALERT_SMTP_HOST: 'smtp.payer.example',
      ALERT_SMTP_USERNAME: 'alerts',
      ALERT_SMTP_REQUIRE_TLS: 'yes',
    };
    assert.throws(() => parseReceivers(faulty), {
      message:
        'Invalid settings:\n' +
        '  ALERT_SLACK_WEBHOOK_URL must be an https:// address\n' +
        '  ALERT_EMAIL_TO must be an email address\n' +
        '  ALERT_EMAIL_FROM is missing\n' +
        '  ALERT_SMTP_HOST must be host:port\n' +
        '  ALERT_SMTP_REQUIRE_TLS must be true or false\n' +
        '  ALERT_SMTP_USERNAME and ALERT_SMTP_PASSWORD go together',
    });
  });
});
