import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { healthSettings } from '../../functions/health/handler.ts';
import type { metricsSettings } from '../../functions/metrics/handler.ts';
import type { statusSettings } from '../../functions/status/handler.ts';
import type { submitSettings } from '../../functions/submit/handler.ts';
import { settingsOf } from '../access.ts';
import { bundle } from '../assets.ts';
import { REQUEST_LIMITS, requestTimeouts } from '../limits.ts';
import type { ApiRoute } from './api.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';
import { ServiceFunction, type FunctionPlace } from './service-function.ts';

/** Lambda gives a whole CPU with 1,769 MB: this is a third of one, and no function needs a fifth of the memory. */
const MEMORY_MB = 512;

export interface EndpointsProps {
  readonly network: Network;
  readonly database: Database;
  readonly version: string;
}

/** The functions that answer requests. API Gateway invokes them, and waits. */
export class Endpoints extends Construct {
  readonly submit: ServiceFunction;
  readonly status: ServiceFunction;
  readonly health: ServiceFunction;
  readonly metrics: ServiceFunction;

  constructor(scope: Construct, id: string, place: FunctionPlace, { network, database, version }: EndpointsProps) {
    super(scope, id);
    const where = {
      executionMs: REQUEST_LIMITS.execution,
      memoryMb: MEMORY_MB,
      subnets: network.functionSubnets,
      securityGroup: network.functions,
    };
    const tracer = { POWERTOOLS_TRACE_ENABLED: String(place.xray) };
    this.submit = new ServiceFunction(this, 'Submit', place, {
      ...where,
      name: 'submit',
      code: bundle('submit'),
      settings: settingsOf<typeof submitSettings>(),
      access: database.connect('prior_auth_submit'),
      environment: { ...requestTimeouts(), ...tracer, NPI_CHECK_DIGIT: 'enforce' },
    });
    this.status = new ServiceFunction(this, 'Status', place, {
      ...where,
      name: 'status',
      code: bundle('status'),
      settings: settingsOf<typeof statusSettings>(),
      access: database.connect('prior_auth_status'),
      environment: { ...requestTimeouts(), ...tracer },
    });
    this.health = new ServiceFunction(this, 'Health', place, {
      ...where,
      name: 'health',
      code: bundle('health'),
      settings: settingsOf<typeof healthSettings>(),
      access: database.connect('prior_auth_health'),
      environment: { ...requestTimeouts(), SERVICE_VERSION: version },
    });
    this.metrics = new ServiceFunction(this, 'Metrics', place, {
      ...where,
      name: 'metrics',
      code: bundle('metrics'),
      settings: settingsOf<typeof metricsSettings>(),
      access: database.connect('prior_auth_metrics'),
      environment: { ...requestTimeouts(), SERVICE_VERSION: version },
    });
  }

  get functions() {
    const { submit, status, health, metrics } = this;
    return {
      submit: submit.function,
      status: status.function,
      health: health.function,
      metrics: metrics.function,
    };
  }

  /** The routes of the API; docs/api.md. */
  get routes(): ApiRoute[] {
    const { submit, status, health, metrics } = this;
    return [
      { method: HttpMethod.POST, path: '/prior-auth/submit', function: submit.function, scopes: ['submit'] },
      {
        method: HttpMethod.GET,
        path: '/prior-auth/{request_id}',
        function: status.function,
        scopes: ['read', 'read-all'],
      },
      { method: HttpMethod.GET, path: '/health', function: health.function, scopes: undefined },
      { method: HttpMethod.GET, path: '/metrics', function: metrics.function, scopes: ['metrics'] },
    ];
  }
}
