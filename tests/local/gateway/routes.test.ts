import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ROUTES } from '../../../local/gateway/routes.ts';
import { resources, templateOf } from '../../fixtures/synthesised.ts';

test('the gateway has the routes that are deployed, and no other', () => {
  const deployed = resources(templateOf(), 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties['RouteKey']);
  assert.deepEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort(), deployed.sort());
});
