/**
 * What is started cold: the same handlers under other layers, all with one environment but for what switches a layer
 * on.
 */
import { join } from 'node:path';
import { SERVICE } from '../../functions/contract/catalogue.ts';
import { requestTimeouts } from '../../infra/limits.ts';
import { telemetryOf } from '../../infra/telemetry.ts';
import { readSettings } from '../../infra/settings.ts';
import { submitEvent, SUBMISSION } from '../../tests/fixtures/http.ts';
import type { Bench } from '../harness/benchmark.ts';
import { installPeer } from '../harness/peers.ts';
import type { Sink } from '../harness/sink.ts';
import { bareTask, builtSubmitTask, bundlePeer, task, withBuiltLayer } from './bundles.ts';

export interface Candidate {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: unknown;
}

const TRACES_ONLY = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const NO_INSTRUMENTATION = { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'none' };
const ADOT = {
  ...TRACES_ONLY,
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'aws-sdk,aws-lambda,http',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_AWS_APPLICATION_SIGNALS_ENABLED: 'false',
};

export async function createCandidates(bench: Bench, sink: Sink, databaseUrl: string) {
  const [community, adot] = [await installPeer(bench, 'community'), await installPeer(bench, 'adot')];
  bench.progress('bundling');
  await bundlePeer(community, ['layer.mjs']);
  await bundlePeer(adot, ['layer.cjs', 'fast-layer.cjs']);
  const common = environment(sink, databaseUrl);
  const folder = (name: string) => join(bench.folder, name);
  const under = (root: string, peer?: string, own: Record<string, string> = {}): Candidate => {
    const preload = peer === undefined ? {} : { NODE_OPTIONS: `--import ${join(peer, 'preload.mjs')}` };
    return { root, environment: { ...common, ...preload, ...own }, event: submitEvent(SUBMISSION) };
  };
  const ours = { NODE_OPTIONS: telemetry(sink).NODE_OPTIONS };
  const communityApi = join(community, 'node_modules/@opentelemetry/api');
  const adotApi = join(adot, 'node_modules/@opentelemetry/api');
  const [oneSpan, submit] = ['bench/cold/one-span', 'functions/submit/handler'];
  const forCommunity = await task(folder('community'), oneSpan, communityApi);
  const forAdot = await task(folder('adot'), oneSpan, adotApi);
  return {
    bare: under(bareTask(folder('bare'))),
    layer: under(withBuiltLayer(await task(folder('layer'), oneSpan)), undefined, ours),
    communityLeanest: under(forCommunity, community, { ...TRACES_ONLY, ...NO_INSTRUMENTATION }),
    communityTraces: under(forCommunity, community, TRACES_ONLY),
    community: under(forCommunity, community),
    adotFast: under(forAdot, adot, { ...ADOT, OTEL_AWS_LAMBDA_FAST_START: 'true' }),
    adot: under(forAdot, adot, ADOT),
    submitBare: under(builtSubmitTask(folder('submit-bare'))),
    submit: under(withBuiltLayer(builtSubmitTask(folder('submit'))), undefined, ours),
    submitCommunity: under(await task(folder('submit-community'), submit, communityApi), community, TRACES_ONLY),
  };
}

export type Name = keyof Awaited<ReturnType<typeof createCandidates>>;

function telemetry(sink: Sink) {
  return telemetryOf(readSettings({ stage: 'sandbox' }), sink.endpoint, '0.1.0');
}

/** As the cloud stack sets it, but for the login by password. */
function environment(sink: Sink, databaseUrl: string): Record<string, string> {
  return {
    ...telemetry(sink),
    NODE_OPTIONS: '',
    ...requestTimeouts(),
    OTEL_SERVICE_NAME: SERVICE,
    OTEL_TRACES_EXPORTER: 'otlp',
    AWS_XRAY_DAEMON_ADDRESS: sink.xrayAddress,
    DATABASE_URL: databaseUrl,
    DATABASE_ROLE: 'prior_auth_submit',
    ANONYMOUS_CALLER: 'local',
    NPI_CHECK_DIGIT: 'warn',
  };
}
