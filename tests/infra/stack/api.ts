import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod/mini';
import { CALLER_CLAIMS, identify } from '../../../functions/prior-auth/caller.ts';
import { httpRequest } from '../../fixtures/http-request.ts';
import { resource, resources, templateOf, text } from '../../fixtures/synthesised.ts';

const FOREIGN = { issuer: 'https://tokens.example.com', audience: 'one,other' };
const ROUTES = 'AWS::ApiGatewayV2::Route';

/** Route to what it asks of a token: scopes, or that it asks for nothing. */
function authorization(context: Record<string, string>): Record<string, unknown> {
  const template = templateOf(context);
  const authorizer = resource(template, 'AWS::ApiGatewayV2::Authorizer').id;
  const routes = resources(template, ROUTES).map(({ Properties }) => [
    Properties['RouteKey'],
    Properties['AuthorizationType'] === 'JWT' && text(Properties['AuthorizerId']) === `«${authorizer}»`
      ? Properties['AuthorizationScopes']
      : Properties['AuthorizationType'],
  ]);
  return z.record(z.string(), z.unknown()).parse(Object.fromEntries(routes));
}

describe('the API', () => {
  it('asks for a token with a scope on every route but /health', () => {
    assert.deepEqual(authorization({}), {
      'POST /prior-auth/submit': ['prior-auth/submit'],
      'GET /prior-auth/{request_id}': ['prior-auth/read', 'prior-auth/read-all'],
      'GET /metrics': ['prior-auth/metrics'],
      'GET /health': 'NONE',
    });
  });

  it('takes scopes of an issuer of somebody else with this service’s name or bare', () => {
    assert.deepEqual(authorization(FOREIGN), {
      'POST /prior-auth/submit': ['prior-auth/submit', 'submit'],
      'GET /prior-auth/{request_id}': ['prior-auth/read', 'read', 'prior-auth/read-all', 'read-all'],
      'GET /metrics': ['prior-auth/metrics', 'metrics'],
      'GET /health': 'NONE',
    });
  });

  it('takes scopes that a function takes for its own, so nobody gets in whom it then takes for somebody else', () => {
    const scopes = z.array(z.string()).parse(authorization(FOREIGN)['GET /prior-auth/{request_id}']);
    const reads = (scope: string) =>
      [{ scope }, { scp: [scope] }, { scp: `[openid ${scope}]` }].map(
        (claim) => identify(httpRequest({ claims: { cid: 'clinic', ...claim } }), undefined).readsAll,
      );
    for (const scope of scopes) assert.deepEqual(new Set(reads(scope)), new Set([scope.endsWith('read-all')]), scope);
  });

  it('takes the tokens of the context’s issuer and audience, and has then no user pool', () => {
    const { AuthorizerType, IdentitySource, JwtConfiguration } = resource(
      templateOf(FOREIGN),
      'AWS::ApiGatewayV2::Authorizer',
    ).Properties;
    assert.deepEqual(
      { AuthorizerType, IdentitySource, JwtConfiguration },
      {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: 'https://tokens.example.com', Audience: ['one', 'other'] },
      },
    );
    templateOf(FOREIGN).resourceCountIs('AWS::Cognito::UserPool', 0);
  });

  it('otherwise takes those of its own two clients', () => {
    const template = templateOf();
    const clients = resources(template, 'AWS::Cognito::UserPoolClient');
    const pool = resource(template, 'AWS::Cognito::UserPool');
    assert.deepEqual(resource(template, 'AWS::ApiGatewayV2::Authorizer').Properties['JwtConfiguration'], {
      Issuer: { 'Fn::GetAtt': [pool.id, 'ProviderURL'] },
      Audience: ['Submitter', 'Operator'].map((name) => ({
        Ref: clients.find(({ path }) => path.includes(name))?.id,
      })),
    });
  });

  it('waits for a function longer than it may run, and hands the event on in format 2.0', () => {
    const integrations = resources(templateOf(), 'AWS::ApiGatewayV2::Integration').map(({ Properties }) => Properties);
    assert.equal(integrations.length, 4);
    for (const integration of integrations) {
      assert.equal(integration['PayloadFormatVersion'], '2.0');
      assert.equal(integration['TimeoutInMillis'], 15_000);
    }
  });

  it('lets through what the context says, and on the open route no more than a few', () => {
    const { DefaultRouteSettings, RouteSettings } = resource(
      templateOf({ rate: '7', burst: '9' }),
      'AWS::ApiGatewayV2::Stage',
    ).Properties;
    assert.deepEqual(DefaultRouteSettings, { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 });
    assert.deepEqual(RouteSettings, { 'GET /health': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 } });
  });

  it('sets the routes’ settings when the routes are there', () => {
    const template = templateOf();
    const { DependsOn } = resource(template, 'AWS::ApiGatewayV2::Stage');
    for (const { id } of resources(template, ROUTES)) assert.ok(DependsOn.includes(id), id);
  });

  it('logs whom a function takes for the caller, neither path, query, address nor agent, and nothing of a failure that a function words', () => {
    const template = templateOf();
    const { AccessLogSettings } = resource(template, 'AWS::ApiGatewayV2::Stage').Properties;
    const { DestinationArn, Format } = z
      .object({ DestinationArn: z.unknown(), Format: z.string() })
      .parse(AccessLogSettings);
    assert.deepEqual(Object.values(z.record(z.string(), z.string()).parse(JSON.parse(Format))), [
      '$context.requestTime',
      '$context.requestId',
      '$context.routeKey',
      '$context.status',
      ...CALLER_CLAIMS.map((name) => `$context.authorizer.claims.${name}`),
      '$context.authorizer.error',
      '$context.responseLatency',
      '$context.integrationLatency',
      '$context.integrationStatus',
    ]);
    assert.equal(text(DestinationArn), `«${resource(template, 'AWS::Logs::LogGroup', 'Access').id}.Arn»`);
  });
});

describe('its own issuer of tokens', () => {
  it('gives tokens to machines by their secret, and to nobody else', () => {
    const clients = resources(templateOf(), 'AWS::Cognito::UserPoolClient').map(({ Properties }) => Properties);
    for (const client of clients) {
      assert.equal(client['GenerateSecret'], true);
      assert.deepEqual(client['AllowedOAuthFlows'], ['client_credentials']);
      assert.deepEqual(client['AccessTokenValidity'], 60);
    }
    const { AdminCreateUserConfig, MfaConfiguration } = resource(templateOf(), 'AWS::Cognito::UserPool').Properties;
    assert.deepEqual(AdminCreateUserConfig, { AllowAdminCreateUserOnly: true });
    assert.equal(MfaConfiguration, 'ON');
  });

  it('lets one client submit and read its own, and the other read everything and scrape', () => {
    const template = templateOf();
    const server = resource(template, 'AWS::Cognito::UserPoolResourceServer');
    const scopes = (name: string) =>
      z
        .array(z.unknown())
        .parse(resource(template, 'AWS::Cognito::UserPoolClient', name).Properties['AllowedOAuthScopes'])
        .map((scope) => text(scope, { [server.id]: 'prior-auth' }));
    assert.equal(server.Properties['Identifier'], 'prior-auth');
    assert.deepEqual(scopes('Submitter'), ['prior-auth/submit', 'prior-auth/read']);
    assert.deepEqual(scopes('Operator'), ['prior-auth/read-all', 'prior-auth/metrics']);
  });
});
