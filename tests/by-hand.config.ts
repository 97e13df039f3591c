/**
 * For what is run by hand and not a test: `npm run figures` and `npm run screenshots` start the stack as tests do, and
 * clean up alike.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/figures.ts', 'tests/screenshots.ts'],
    pool: 'forks',
    testTimeout: 0,
    hookTimeout: 0,
    disableConsoleIntercept: true,
  },
});
