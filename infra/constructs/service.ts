import { Duration } from 'aws-cdk-lib';
import { Architecture, LayerVersion, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Variables } from '../access.ts';
import { layers } from '../assets.ts';
import { shareOut } from '../concurrency.ts';
import { BATCH_LIMITS } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { STAGE_RULES } from '../stages.ts';
import { Api } from './api.ts';
import { AuthoritiesLayer } from './authorities-layer.ts';
import { Bridge } from './bridge.ts';
import { DeadLetters } from './dead-letters.ts';
import { Endpoints } from './endpoints.ts';
import type { Foundation } from './foundation.ts';
import { Migration } from './migration.ts';
import { Reconcile } from './reconcile.ts';
import type { FunctionPlace } from './service-function.ts';
import type { TokenIssuer } from './tokens.ts';
import type { WildcardPolicies } from './wildcard-policies.ts';

/** AWS' rule for a queue that a function reads: six times as long as the function may take. */
const VISIBILITY = Duration.millis(6 * BATCH_LIMITS.execution);

export interface ServiceProps {
  readonly prefix: string;
  readonly settings: Settings;
  readonly foundation: Foundation;
  readonly wildcardPolicies: WildcardPolicies;
  readonly tokens: TokenIssuer;
  /** The layer's settings. */
  readonly telemetry: Variables;
  readonly version: string;
}

/** The functions and what calls them: the API, the log subscriptions, a timer, a deployment. */
export class Service extends Construct {
  readonly api: Api;
  readonly bridge: Bridge;
  readonly deadLetters: DeadLetters;
  readonly functions: Readonly<Record<string, IFunction>>;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { network, database, logGroups } = props.foundation;
    const place = this.createPlace(props);
    this.deadLetters = new DeadLetters(this, 'DeadLetters', {
      visibility: VISIBILITY,
      removal: STAGE_RULES[props.settings.stage].removal,
    });
    const { deliveries, calls } = this.deadLetters;
    const migration = new Migration(this, 'Migration', place, { network, database, deadLetters: calls });
    this.bridge = new Bridge(this, 'Bridge', place, { network, database, deadLetters: deliveries });
    const reconcile = new Reconcile(this, 'Reconcile', place, { network, database, deadLetters: calls });
    const endpoints = new Endpoints(this, 'Endpoints', place, { network, database, version: props.version });
    // The schema is there before the code that needs it.
    for (const late of [this.bridge, reconcile, endpoints]) late.node.addDependency(migration);
    this.bridge.subscribe('Submit', endpoints.submit.logGroup);
    this.bridge.subscribe('Status', endpoints.status.logGroup);
    this.api = new Api(this, 'Api', {
      name: props.prefix,
      routes: endpoints.routes,
      tokens: props.tokens,
      throttle: props.settings.throttle,
      accessLog: logGroups.add('Access', `/aws/vendedlogs/${props.prefix}/api`),
    });
    this.functions = { ...endpoints.functions, bridge: this.bridge.function, reconcile: reconcile.function };
  }

  private createPlace({ prefix, settings, foundation, wildcardPolicies, telemetry }: ServiceProps): FunctionPlace {
    const { network, logGroups } = foundation;
    return {
      prefix,
      vpc: network.vpc,
      authorities: new AuthoritiesLayer(this, 'Authorities').version,
      layer: new LayerVersion(this, 'Layer', {
        code: layers(),
        description: 'OpenTelemetry, preloaded',
        compatibleRuntimes: [Runtime.NODEJS_24_X],
        compatibleArchitectures: [Architecture.ARM_64],
      }),
      xray: STAGE_RULES[settings.stage].xray,
      reserved: settings.concurrency === undefined ? undefined : shareOut(settings.concurrency),
      wildcardPolicy: wildcardPolicies.functions,
      telemetry,
      logGroup: (name) => logGroups.add(name, `/${prefix}/${name}`),
    };
  }
}
