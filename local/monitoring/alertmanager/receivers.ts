/**
 * Who is told of an alert, in the words of Alertmanager's configuration. No secret is in them: those are files beside
 * it.
 */

export interface Slack {
  /** Of an incoming webhook. Whoever knows it can write to the channel: a secret. */
  readonly webhookUrl: string;
}

export interface Email {
  readonly to: string;
  readonly from: string;
  /** host:port of the SMTP server. */
  readonly smarthost: string;
  readonly requireTls: boolean;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
}

/** Each is off where absent. */
export interface Receivers {
  readonly slack?: Slack | undefined;
  readonly email?: Email | undefined;
}

const SLACK_FILE = 'slack-webhook-url';
const PASSWORD_FILE = 'smtp-password';

/** Slack's own default names the alert and leaves out what it means. */
const SLACK_TITLE = '{{ .Status | toUpper }}: {{ .CommonLabels.alertname }} ({{ .CommonLabels.severity }})';
const SLACK_TEXT =
  '{{ range .Alerts }}{{ .Annotations.summary }}. {{ .Annotations.description }}\nRunbook: {{ .Annotations.runbook_url }}\n{{ end }}';

type Section = Readonly<Record<string, unknown>>;

/**
 * The `*_configs` of a receiver.
 * @param folder where Alertmanager finds the secrets; it takes a relative path from wherever it was started
 */
export function receiverSections({ slack, email }: Receivers, folder: string): Section {
  return {
    ...(slack === undefined ? {} : { slack_configs: [slackSection(folder)] }),
    ...(email === undefined ? {} : { email_configs: [emailSection(email, folder)] }),
  };
}

/** The files that the sections name, with the secrets. */
export function secretFiles({ slack, email }: Receivers): Record<string, string> {
  return {
    ...(slack === undefined ? {} : { [SLACK_FILE]: slack.webhookUrl }),
    ...(email?.login === undefined ? {} : { [PASSWORD_FILE]: email.login.password }),
  };
}

function slackSection(folder: string): Section {
  return { api_url_file: `${folder}/${SLACK_FILE}`, send_resolved: true, title: SLACK_TITLE, text: SLACK_TEXT };
}

function emailSection({ to, from, smarthost, requireTls, login }: Email, folder: string): Section {
  const authentication =
    login === undefined ? {} : { auth_username: login.username, auth_password_file: `${folder}/${PASSWORD_FILE}` };
  return { to, from, smarthost, require_tls: requireTls, ...authentication, send_resolved: true };
}
