import type { Settings } from '../machine/settings.ts';

/** Base URLs of what is asked. */
export interface System {
  readonly api: string;
  readonly traces: string;
}

/** Whatever HOST says, the parts listen on this machine alone. */
export function locate({ API_PORT, TRACES_PORT }: Pick<Settings, 'API_PORT' | 'TRACES_PORT'>): System {
  return { api: `http://localhost:${API_PORT}`, traces: `http://localhost:${TRACES_PORT}` };
}
