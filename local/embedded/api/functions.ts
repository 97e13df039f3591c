/** The functions as the gateway calls them, each in a lane of its own, so that none takes what another one needs. */
import { connectEmulator, type Invoked } from './emulator.ts';
import { createLane, type Lane, type LaneLimits, type Place } from './lane.ts';

/** What health, metrics and the bridge need is theirs alone. @param concurrency the setting API_CONCURRENCY */
function slotsOf(concurrency: number): Readonly<Record<string, number>> {
  return { submit: concurrency, status: Math.ceil(concurrency / 2), health: 2, metrics: 2, bridge: 2, reconcile: 1 };
}

/** Beside the requests that are worked on: enough for a burst, few enough to be through in a second or two. */
const PLACES = 100;
/** A little more than the two seconds of the slow member: one of them holds nobody up for good. */
const MAX_WAIT_MS = 2500;

/** `away`: the emulator ended, or is being started again. */
export type Outcome = Invoked | 'away';

export interface Functions {
  /** How many requests at once each function gets, by its name. */
  readonly slots: Readonly<Record<string, number>>;
  /** @returns undefined when the function has no place left */
  enter(functionName: string): Place | undefined;
  /** Runs a function, in a turn that the caller has waited for. */
  invoke(functionName: string, event: string): Promise<Outcome>;
  close(): Promise<void>;
}

export function openFunctions(
  socketPath: string,
  concurrency: number,
  limits: Omit<LaneLimits, 'slots'> = { places: PLACES, maxWaitMs: MAX_WAIT_MS },
): Functions {
  const slots = slotsOf(concurrency);
  const lanes = new Map<string, Lane>();
  for (const [name, count] of Object.entries(slots)) lanes.set(name, createLane({ slots: count, ...limits }));
  const connections = Object.values(slots).reduce((sum, count) => sum + count, 0);
  const emulator = connectEmulator(socketPath, connections);
  return {
    slots,
    enter: (functionName) => lanes.get(functionName)?.enter(),
    invoke: (functionName, event) => emulator.invoke(functionName, event).catch(() => 'away' as const),
    close: () => emulator.close(),
  };
}
