import type { TestContext } from 'vitest';

/** No time limit of the platform passes but by `tick`: for what must not depend on how fast the machine is. */
export function holdTime({ mock }: TestContext): TestContext['mock']['timers'] {
  mock.timers.enable({ apis: ['setTimeout'] });
  return mock.timers;
}
