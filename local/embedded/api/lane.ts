/** Admission to one function: so many requests at once as it has environments, and so many that wait for their turn. */
export interface LaneLimits {
  /** Requests at once. */
  readonly slots: number;
  /** Requests that wait, or whose body is still being read. */
  readonly places: number;
  /** How long one waits for its turn, in milliseconds. */
  readonly maxWaitMs: number;
}

export interface Place {
  /**
   * Does the work when its turn has come.
   * @returns undefined when it did not come in time, or the place was given up: the work was not begun
   */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
  /**
   * Leaves the place to the next. Work under way keeps it to its end: its environment is busy, whoever waits for
   * the answer.
   */
  giveUp(): void;
}

export interface Lane {
  /** @returns undefined when there is no place */
  enter(): Place | undefined;
}

export function createLane({ slots, places, maxWaitMs }: LaneLimits): Lane {
  const turns = createTurns(slots, maxWaitMs);
  let held = 0;

  function enter(): Place | undefined {
    if (held >= slots + places) return undefined;
    held++;
    const over = new AbortController();
    let isRunning = false;
    let isHeld = true;
    const leave = () => {
      if (isHeld) held--;
      isHeld = false;
    };
    return {
      async run(work) {
        try {
          if (!(await turns.take(over.signal))) return undefined;
          isRunning = true;
          try {
            return await work();
          } finally {
            turns.pass();
          }
        } finally {
          leave();
        }
      },
      giveUp() {
        over.abort();
        if (!isRunning) leave();
      },
    };
  }
  return { enter };
}

interface Turns {
  /** @returns false when the turn did not come in time, or `over` came first */
  take(over: AbortSignal): Promise<boolean>;
  /** Ends a turn that was taken. */
  pass(): void;
}

function createTurns(slots: number, maxWaitMs: number): Turns {
  let free = slots;
  /** In the order of their arrival. */
  const waiting = new Set<(isTurn: boolean) => void>();

  return {
    take(over) {
      if (over.aborted) return Promise.resolve(false);
      if (free > 0) {
        free--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const settle = (isTurn: boolean) => {
          clearTimeout(timer);
          over.removeEventListener('abort', giveUp);
          waiting.delete(settle);
          resolve(isTurn);
        };
        const giveUp = () => settle(false);
        const timer = setTimeout(giveUp, maxWaitMs);
        over.addEventListener('abort', giveUp);
        waiting.add(settle);
      });
    },
    pass() {
      const [first] = waiting;
      // The slot goes from hand to hand: nobody who comes now is before one who waits.
      if (first === undefined) free++;
      else first(true);
    },
  };
}
