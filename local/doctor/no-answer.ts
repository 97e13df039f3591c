import type { Unreachable } from '../client/http.ts';
import { broken, type Broken } from './hop.ts';

/** Something that is asked by HTTP, as its user knows it. */
export interface Place {
  readonly url: string;
  /** What should listen there. */
  readonly what: string;
  /** The setting that says where it is. */
  readonly setting: string;
  /** What to do when nothing listens there. */
  readonly start: string;
}

/** What it means that a place gives no answer at all. */
export function explainNoAnswer({ url, what, setting, start }: Place, { failure, code }: Unreachable): Broken {
  const { hostname, host } = new URL(url);
  switch (failure) {
    case 'refused':
      return broken(
        `connection refused at ${host}`,
        `Nothing listens at ${host} (${setting}): ${what} is not up.`,
        start,
      );
    case 'unknown host':
      return broken(
        `no such host: ${hostname}`,
        `${setting} names a host that this machine does not know; the names of containers are known to containers only.`,
        `Put localhost in place of ${hostname} in ${setting}.`,
      );
    case 'silent':
      return broken(
        `no answer from ${host} in time`,
        `Something listens at ${host} (${setting}) and says nothing: ${what} hangs, or is suspended.`,
        start,
      );
    case 'not HTTP':
      return broken(
        `no HTTP from ${host} (${code})`,
        `What listens at ${host} (${setting}) does not speak HTTP, or has just ended: it may be another program than ${what}.`,
        `Find out what listens there, or set ${setting} to where ${what} is.`,
      );
  }
}
