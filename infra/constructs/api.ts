import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CfnStage, HttpApi, HttpStage, LogGroupLogDestination, type HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { INTEGRATION_MS } from '../limits.ts';
import type { Scope } from '../scopes.ts';
import type { Settings } from '../settings.ts';
import type { TokenIssuer } from './tokens.ts';

export interface ApiRoute {
  readonly method: HttpMethod;
  readonly path: string;
  readonly function: IFunction;
  /** A token needs one of these; undefined: open to everybody. */
  readonly scopes: readonly Scope[] | undefined;
}

export interface ApiProps {
  readonly name: string;
  readonly routes: readonly ApiRoute[];
  readonly tokens: TokenIssuer;
  readonly throttle: Settings['throttle'];
  readonly accessLog: ILogGroup;
}

/**
 * A route without a token asks the database as well: no more than load balancers and people need, in requests per
 * second.
 */
const OPEN_THROTTLE = { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 };

/**
 * Neither path nor query, which can carry what a caller put there, nor an address or a user agent: the route, and who.
 * The caller is the first of the five claims that is not `-`, as functions/prior-auth/caller.ts reads them.
 */
const ACCESS_LOG = {
  time: '$context.requestTime',
  request_id: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  client_id: '$context.authorizer.claims.client_id',
  azp: '$context.authorizer.claims.azp',
  cid: '$context.authorizer.claims.cid',
  appid: '$context.authorizer.claims.appid',
  sub: '$context.authorizer.claims.sub',
  refusal: '$context.authorizer.error',
  latency_ms: '$context.responseLatency',
  function_ms: '$context.integrationLatency',
  function_status: '$context.integrationStatus',
};

/** The HTTP API: a verified token on every route that does not say otherwise. */
export class Api extends Construct {
  readonly api: HttpApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', { apiName: props.name, createDefaultStage: false });
    const authorizer = new HttpJwtAuthorizer('Tokens', props.tokens.issuer, {
      jwtAudience: [...props.tokens.audience],
    });
    const routes = props.routes.flatMap((route) =>
      this.api.addRoutes({
        path: route.path,
        methods: [route.method],
        integration: new HttpLambdaIntegration(`${route.method} ${route.path}`, route.function, {
          timeout: Duration.millis(INTEGRATION_MS),
        }),
        ...(route.scopes === undefined
          ? {}
          : { authorizer, authorizationScopes: route.scopes.flatMap((name) => props.tokens.scope(name)) }),
      }),
    );
    const stage = this.createStage(props);
    // Settings of a route that is not there yet are refused.
    stage.node.addDependency(...routes);
    this.url = stage.url;
  }

  private createStage({ accessLog, throttle, routes }: ApiProps): HttpStage {
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    const open = routes.filter(({ scopes }) => scopes === undefined);
    if (stage.node.defaultChild instanceof CfnStage) {
      stage.node.defaultChild.routeSettings = Object.fromEntries(
        open.map(({ method, path }) => [`${method} ${path}`, OPEN_THROTTLE]),
      );
    }
    return stage;
  }
}
