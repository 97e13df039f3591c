/**
 * What must not compile: `npm test` has this file checked like any other, and an error that does not come is one.
 * Nothing here runs.
 */
import type { Construct } from 'constructs';
import type { bridgeSettings } from '../../functions/bridge/handler.ts';
import type { submitSettings } from '../../functions/submit/handler.ts';
import { settingsOf, type Access, type Environment } from '../../infra/access.ts';
import {
  ServiceFunction,
  type FunctionPlace,
  type ServiceFunctionProps,
} from '../../infra/constructs/service-function.ts';

type Rest = Omit<ServiceFunctionProps<typeof bridgeSettings, object>, 'settings' | 'access' | 'environment'>;

export function mustNotCompile(scope: Construct, place: FunctionPlace, rest: Rest, nothing: Access<object>): void {
  const settings = settingsOf<typeof bridgeSettings>();
  const database: Access<{ DATABASE_URL: string }> = {
    environment: { DATABASE_URL: 'postgresql://x' },
    statements: [],
  };
  new ServiceFunction(scope, 'Right', place, { ...rest, settings, access: database, environment: {} });
  // @ts-expect-error -- DATABASE_URL has no default, and no access gives it
  new ServiceFunction(scope, 'Missing', place, { ...rest, settings, access: nothing, environment: {} });
  const given = { ...rest, settings, access: database };
  // @ts-expect-error -- no setting has this name
  new ServiceFunction(scope, 'Misspelt', place, { ...given, environment: { DATABASE_LOCK_TIMEOUT: '1' } });
  // @ts-expect-error -- an environment is text
  new ServiceFunction(scope, 'Number', place, { ...given, environment: { DATABASE_LOCK_TIMEOUT_MS: 1 } });
}

const url = { DATABASE_URL: 'postgresql://x' };
export const right: Environment<typeof submitSettings> = { ...url, NPI_CHECK_DIGIT: 'enforce' };
// @ts-expect-error -- the cloud has no slow member
export const slow: Environment<typeof submitSettings> = { ...url, SIMULATE_SLOW_MEMBER: 'true' };
// @ts-expect-error -- and nobody without a token
export const anonymous: Environment<typeof submitSettings> = { ...url, ANONYMOUS_CALLER: 'local' };
