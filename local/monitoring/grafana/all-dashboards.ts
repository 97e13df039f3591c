import { bridge } from './dashboards/bridge.ts';
import { request } from './dashboards/request.ts';
import { service } from './dashboards/service.ts';
import { slo } from './dashboards/slo.ts';

/** By the name of the generated file. */
export const DASHBOARDS = { service, bridge, slo, request };
