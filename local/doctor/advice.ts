/** Commands that the fixes name. */
import { COMPOSE_FILE } from '../machine/containers.ts';
import type { System } from './system.ts';

/** How the system is started. */
export function commandOf({ mode }: Pick<System, 'mode'>): string {
  return mode === 'stack' ? 'npm run stack' : 'npm run local';
}

/** How to see what a container of `npm run stack` says. */
export function logsOf(service: string): string {
  return `docker compose -f ${COMPOSE_FILE} logs ${service}`;
}

/** What to do about a container that is not up. */
export function restart(service: string): string {
  return `npm run stack starts what is down; ${logsOf(service)} says why it is.`;
}
