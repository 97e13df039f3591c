/** The settings of the receivers of alerts; all of them are off by default. */
import * as z from 'zod/mini';
import { presentIn } from '../../../functions/contract/settings-rules.ts';
import type { Receivers } from './receivers.ts';

const address = z.string({ error: 'is missing' }).check(z.regex(/^[^@\s]+@[^@\s]+$/, 'must be an email address'));

const SlackSettings = z.object({
  ALERT_SLACK_WEBHOOK_URL: z.url({ protocol: /^https$/, error: 'must be an https:// address' }),
});

const EmailSettings = z
  .object({
    ALERT_EMAIL_TO: address,
    ALERT_EMAIL_FROM: address,
    ALERT_SMTP_HOST: z.string({ error: 'is missing' }).check(z.regex(/^\S+:\d+$/, 'must be host:port')),
    ALERT_SMTP_USERNAME: z.optional(z.string()),
    ALERT_SMTP_PASSWORD: z.optional(z.string()),
    ALERT_SMTP_REQUIRE_TLS: z._default(z.enum(['true', 'false'], { error: 'must be true or false' }), 'true'),
  })
  .check(
    z.refine((set) => (set.ALERT_SMTP_USERNAME === undefined) === (set.ALERT_SMTP_PASSWORD === undefined), {
      path: ['ALERT_SMTP_USERNAME'],
      error: 'and ALERT_SMTP_PASSWORD go together',
      // With the other faults, not after them.
      when: () => true,
    }),
  );

/** Reads the environment (`.env` is loaded by local/machine/settings.ts before). */
export function readReceivers(): Receivers {
  return parseReceivers(process.env);
}

/**
 * Slack is on when ALERT_SLACK_WEBHOOK_URL is set, email when ALERT_EMAIL_TO is. An empty variable counts as unset.
 * @throws Error that lists every fault, and no value: they are secrets
 */
export function parseReceivers(environment: NodeJS.ProcessEnv): Receivers {
  const set = presentIn(environment);
  const slack = set['ALERT_SLACK_WEBHOOK_URL'] === undefined ? undefined : SlackSettings.safeParse(set);
  const email = set['ALERT_EMAIL_TO'] === undefined ? undefined : EmailSettings.safeParse(set);
  const faults = [...(slack?.error?.issues ?? []), ...(email?.error?.issues ?? [])];
  if (faults.length > 0) {
    const lines = faults.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new Error(`Invalid settings:\n${lines.join('\n')}`);
  }
  return {
    slack: slack?.data && { webhookUrl: slack.data.ALERT_SLACK_WEBHOOK_URL },
    email: email?.data && toEmail(email.data),
  };
}

function toEmail(settings: z.infer<typeof EmailSettings>): Receivers['email'] {
  const { ALERT_SMTP_USERNAME: username, ALERT_SMTP_PASSWORD: password } = settings;
  return {
    to: settings.ALERT_EMAIL_TO,
    from: settings.ALERT_EMAIL_FROM,
    smarthost: settings.ALERT_SMTP_HOST,
    requireTls: settings.ALERT_SMTP_REQUIRE_TLS === 'true',
    login: username === undefined || password === undefined ? undefined : { username, password },
  };
}
