/**
 * What docker-compose.local.yml must keep to beyond the Compose Specification: pinned, contained, and seen by this
 * machine alone.
 */
import * as z from 'zod/mini';

const Service = z.object({
  image: z._default(z.string(), ''),
  user: z._default(z.string(), ''),
  healthcheck: z.optional(z.object({ test: z.array(z.string()) })),
  depends_on: z._default(z.record(z.string(), z.object({ condition: z.string() })), {}),
  cap_drop: z._default(z.array(z.string()), []),
  security_opt: z._default(z.array(z.string()), []),
  read_only: z._default(z.boolean(), false),
  mem_limit: z.optional(z.string()),
  pids_limit: z.optional(z.number()),
  restart: z._default(z.string(), ''),
  logging: z.optional(z.object({ options: z.record(z.string(), z.string()) })),
  networks: z._default(z.array(z.string()), []),
  ports: z._default(z.array(z.string()), []),
  volumes: z._default(z.array(z.string()), []),
});
export type Service = z.infer<typeof Service>;

const Compose = z.object({
  name: z.string(),
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
});
export type Compose = z.infer<typeof Compose>;

/** Gives a container more than the rules below take away. */
const FORBIDDEN = ['privileged', 'cap_add', 'network_mode', 'pid', 'ipc', 'devices', 'env_file', 'container_name'];

/** Why a service may do without a health check. */
const WITHOUT_HEALTH_CHECK: Readonly<Record<string, string>> = {
  collector: 'its image holds one program and no shell; collector-health asks for it',
};

/** @returns what is wrong, a line each; empty when nothing is */
export function lintCompose(document: unknown): string[] {
  const { services, networks, volumes } = Compose.parse(document);
  const raw = z.object({ services: z.record(z.string(), z.record(z.string(), z.unknown())) }).parse(document).services;
  const named = Object.values(services).flatMap((service) => service.volumes.map(sourceOf));
  return [
    ...Object.entries(services).flatMap(([name, service]) =>
      [
        ...lintImage(service),
        ...lintContainment(service),
        ...lintHealth(name, service, services),
        ...lintReach(service),
        ...lintVolumes(service, volumes),
        ...FORBIDDEN.filter((key) => key in (raw[name] ?? {})).map((key) => `has ${key}`),
      ].map((fault) => `${name} ${fault}`),
    ),
    ...unused(
      'network',
      networks,
      Object.values(services).flatMap((service) => service.networks),
    ),
    ...unused('volume', volumes, named),
  ];
}

function lintImage({ image }: Service): string[] {
  return /^[a-z0-9/-]+:v?\d+\.\d+(\.\d+)?$/.test(image) ? [] : [`has the image ${image}, not one release`];
}

function lintContainment(service: Service): string[] {
  return [
    ...(/^[1-9]\d*:\d+$/.test(service.user) ? [] : [`runs as ${service.user || 'the user of the image'}`]),
    ...(service.cap_drop.includes('ALL') ? [] : ['keeps capabilities']),
    ...(service.security_opt.includes('no-new-privileges:true') ? [] : ['may gain privileges']),
    ...(service.read_only ? [] : ['can write to its image']),
    ...(service.mem_limit === undefined ? ['has no memory limit'] : []),
    ...(service.pids_limit === undefined ? ['has no limit of processes'] : []),
    ...(/^on-failure:\d+$/.test(service.restart) ? [] : [`is restarted: ${service.restart || 'never'}`]),
    ...(service.logging?.options['max-size'] === undefined ? ['has an unlimited log'] : []),
  ];
}

function lintHealth(name: string, service: Service, services: Compose['services']): string[] {
  const isExcused = name in WITHOUT_HEALTH_CHECK;
  if (service.healthcheck === undefined && !isExcused) return ['has no health check'];
  if (service.healthcheck !== undefined && isExcused) return ['has a health check and an excuse'];
  return Object.entries(service.depends_on).flatMap(([other, { condition }]) => {
    const wanted = services[other]?.healthcheck === undefined ? 'service_started' : 'service_healthy';
    return condition === wanted ? [] : [`waits for ${other} by ${condition}, not ${wanted}`];
  });
}

function lintReach({ ports, networks }: Service): string[] {
  return [
    ...ports.filter((port) => !/^127\.0\.0\.1:[^:]*(:-\d+\})?:\d+$/.test(port)).map((port) => `publishes ${port}`),
    ...(networks.length === 0 ? ['is on the default network'] : []),
  ];
}

function lintVolumes({ volumes }: Service, defined: Compose['volumes']): string[] {
  return volumes.flatMap((volume) => {
    const source = sourceOf(volume);
    if (source in defined) return [];
    if (!/^(\.\/local\/|\$\{\w+_FOLDER:-\.\/local\/)/.test(source)) return [`mounts ${source}`];
    return volume.endsWith(':ro,z') ? [] : [`may write to ${source}`];
  });
}

/** What is before the colon that parts it from the path in the container; `${NAME:-default}` has one, too. */
export function sourceOf(volume: string): string {
  return /^(?:\$\{[^}]*\}|[^:])+/.exec(volume)?.[0] ?? '';
}

function unused(kind: string, defined: Record<string, unknown>, used: string[]): string[] {
  const faults = Object.keys(defined).filter((name) => !used.includes(name));
  return faults.map((name) => `the ${kind} ${name} is not used`);
}
