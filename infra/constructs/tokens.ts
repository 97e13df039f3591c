import { Aws, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StandardThreatProtectionMode,
  UserPool,
  type UserPoolClient,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { SCOPES, type Scope } from '../scopes.ts';

/** Who may call: an issuer of tokens, and whom its tokens must be for. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** How its tokens write a scope of ours. */
  readonly scope: (name: Scope) => string[];
}

/** `prior-auth/submit`, as a token has it and functions/prior-auth/caller.ts reads it. */
const RESOURCE_SERVER = 'prior-auth';
const TOKEN_LIFETIME = Duration.hours(1);

/** An issuer of somebody else: scopes by this service's name, or bare, since its tokens are for this audience alone. */
export function foreignIssuer(issuer: string, audience: readonly string[]): TokenIssuer {
  return { issuer, audience, scope: (name) => [`${RESOURCE_SERVER}/${name}`, name] };
}

/**
 * A user pool without users, which gives tokens to two machines by their client secrets (OAuth 2.0 client credentials):
 * one that submits and reads what it submitted, one that reads everything and scrapes. $6 a month for each, and
 * $0.00225 a token.
 */
export class Tokens extends Construct implements TokenIssuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly tokenUrl: string;
  readonly poolId: string;
  readonly submitter: UserPoolClient;
  readonly operator: UserPoolClient;

  constructor(scope: Construct, id: string, { prefix, removal }: { prefix: string; removal: RemovalPolicy }) {
    super(scope, id);
    const pool = this.createPool(removal);
    const scopes = SCOPES.map(
      ({ name, description }) =>
        [name, new ResourceServerScope({ scopeName: name, scopeDescription: description })] as const,
    );
    const server = pool.addResourceServer('Service', {
      identifier: RESOURCE_SERVER,
      scopes: scopes.map(([, one]) => one),
    });
    const client = (name: string, allowed: readonly Scope[]) =>
      addClient(
        pool,
        server,
        name,
        scopes.filter(([one]) => allowed.includes(one)).map(([, one]) => one),
      );
    this.submitter = client('Submitter', ['submit', 'read']);
    this.operator = client('Operator', ['read-all', 'metrics']);
    // The prefix has to be free in the whole region, for all accounts.
    const domain = pool.addDomain('Domain', { cognitoDomain: { domainPrefix: `${prefix}-${Aws.ACCOUNT_ID}` } });
    this.tokenUrl = `${domain.baseUrl()}/oauth2/token`;
    this.poolId = pool.userPoolId;
    this.issuer = pool.userPoolProviderUrl;
    this.audience = [this.submitter.userPoolClientId, this.operator.userPoolClientId];
  }

  scope(name: Scope): string[] {
    return [`${RESOURCE_SERVER}/${name}`];
  }

  /**
   * Nobody signs up or in. Were somebody added by hand, the strictest rules would hold; without users they cost
   * nothing.
   */
  private createPool(removalPolicy: RemovalPolicy): UserPool {
    return new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 16,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      removalPolicy,
    });
  }
}

function addClient(
  pool: UserPool,
  server: UserPoolResourceServer,
  id: string,
  scopes: ResourceServerScope[],
): UserPoolClient {
  return pool.addClient(id, {
    generateSecret: true,
    authFlows: {},
    oAuth: {
      flows: { clientCredentials: true },
      scopes: scopes.map((one) => OAuthScope.resourceServer(server, one)),
    },
    accessTokenValidity: TOKEN_LIFETIME,
    enableTokenRevocation: true,
  });
}
