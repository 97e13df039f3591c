import { BlockList, isIPv4 } from 'node:net';
import * as z from 'zod/mini';
import { PROJECT, type Docker } from './docker.ts';

/** What a container of the stack sees of the host, and the host of it. */
export interface Networks {
  /** The host's address on Docker's own bridge: what `host-gateway` in the Compose file stands for. */
  readonly gateway: string | undefined;
  /** The addresses that containers on the bridge and on the stack's network have. */
  readonly containers: BlockList;
}

const Subnet = z.object({ Subnet: z.string(), Gateway: z.optional(z.string()) });
const Inspected = z.array(z.object({ Name: z.string(), IPAM: z.object({ Config: z.nullish(z.array(Subnet)) }) }));

const BRIDGE = 'bridge';

export async function readNetworks(docker: Docker): Promise<Networks> {
  const { code, stdout } = await docker.ask(['network', 'inspect', BRIDGE, `${PROJECT}_observability`]);
  // An engine may have been set up without its default bridge; the other network is printed all the same.
  return code === undefined ? toNetworks('[]') : toNetworks(stdout);
}

export function toNetworks(text: string): Networks {
  const networks = Inspected.parse(JSON.parse(text));
  const subnetsOf = (name?: string) =>
    networks.filter(({ Name }) => name === undefined || Name === name).flatMap(({ IPAM }) => IPAM.Config ?? []);
  const containers = new BlockList();
  for (const { Subnet } of subnetsOf()) {
    const [address = '', prefix] = Subnet.split('/');
    if (isIPv4(address)) containers.addSubnet(address, Number(prefix));
  }
  const gateway = subnetsOf(BRIDGE).find(({ Gateway = '' }) => isIPv4(Gateway))?.Gateway;
  return { gateway, containers };
}
