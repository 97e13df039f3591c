import { CfnOutput, Stack, Tags, type App } from 'aws-cdk-lib';
import { Alarms } from '../constructs/alarms.ts';
import { Dashboard } from '../constructs/dashboard.ts';
import { Foundation } from '../constructs/foundation.ts';
import { Service } from '../constructs/service.ts';
import { foreignIssuer, Tokens, type TokenIssuer } from '../constructs/tokens.ts';
import { Traces } from '../constructs/traces.ts';
import { WildcardPolicies } from '../constructs/wildcard-policies.ts';
import type { Settings } from '../settings.ts';
import { STAGE_RULES } from '../stages.ts';
import { telemetryOf } from '../telemetry.ts';

export interface PriorAuthProps {
  readonly settings: Settings;
  /** Of the project. */
  readonly version: string;
}

/**
 * The whole service in one stack: one deployment of it in an account and region, since CloudWatch's metrics bear no
 * stage.
 */
export class PriorAuthStack extends Stack {
  readonly #prefix: string;
  readonly #settings: Settings;

  constructor(app: App, { settings, version }: PriorAuthProps) {
    const prefix = `prior-auth-${settings.stage}`;
    super(app, prefix, {
      description: `Prior authorization, ${settings.stage}`,
      terminationProtection: STAGE_RULES[settings.stage].deletionProtection,
    });
    this.#prefix = prefix;
    this.#settings = settings;
    const wildcardPolicies = new WildcardPolicies(this, 'WildcardPolicies', {
      prefix,
      xray: STAGE_RULES[settings.stage].xray,
    });
    const foundation = new Foundation(this, 'Foundation', { prefix, settings, wildcardPolicies });
    const endpoint = this.collect(foundation, wildcardPolicies);
    const service = new Service(this, 'Service', {
      prefix,
      settings,
      foundation,
      wildcardPolicies,
      tokens: this.issue(),
      telemetry: telemetryOf(settings, endpoint, version),
      version,
    });
    this.watch(foundation, service);
    this.output('ApiUrl', service.api.url, 'Where the API is');
    this.output(
      'ReplayId',
      service.bridge.replay.ref,
      'The event source that takes lost deliveries back to the bridge',
    );
    Tags.of(this).add('project', 'prior-auth');
    Tags.of(this).add('stage', settings.stage);
    Tags.of(foundation.database).add('data', 'phi');
  }

  /** The base URL to which spans go; undefined: nowhere. */
  private collect({ network, logGroups }: Foundation, wildcardPolicies: WildcardPolicies): string | undefined {
    const { otlp } = this.#settings;
    if (otlp instanceof URL) return otlp.href;
    if (network.traces === undefined) return undefined;
    const traces = new Traces(this, 'Traces', {
      prefix: this.#prefix,
      network,
      securityGroup: network.traces,
      logGroup: logGroups.add('Jaeger', `/${this.#prefix}/jaeger`),
      insights: logGroups.add('Insights', `/aws/ecs/containerinsights/${this.#prefix}/performance`),
      sessions: wildcardPolicies.forSessions(),
    });
    this.output('TracesCluster', this.#prefix, 'ECS cluster of the Jaeger task, for a session that opens its page');
    return traces.endpoint;
  }

  private issue(): TokenIssuer {
    const { tokens, stage } = this.#settings;
    if (tokens !== undefined) return foreignIssuer(tokens.issuer, tokens.audience);
    const own = new Tokens(this, 'Tokens', { prefix: this.#prefix, removal: STAGE_RULES[stage].removal });
    this.output('TokenUrl', own.tokenUrl, 'Where client credentials become tokens');
    this.output('UserPoolId', own.poolId, 'The user pool, which knows the clients’ secrets');
    this.output('SubmitterId', own.submitter.userPoolClientId, 'The client that submits, and reads what it submitted');
    this.output('OperatorId', own.operator.userPoolClientId, 'The client that reads everything, and scrapes');
    return own;
  }

  private watch({ telemetryKey, database }: Foundation, { functions, bridge, api, deadLetters }: Service): void {
    const clusterIdentifier = database.cluster.ref;
    const alarms = new Alarms(this, 'Alarms', {
      key: telemetryKey.key,
      email: this.#settings.alarmEmail,
      functions,
      bridge: bridge.function,
      apiId: api.api.apiId,
      deadLetters,
      clusterIdentifier,
    });
    new Dashboard(this, 'Dashboard', { name: this.#prefix, alarms, functions, clusterIdentifier });
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
