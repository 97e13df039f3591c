import type { TestCase, TestModule } from 'vitest/node';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

type Module = Pick<TestModule, 'errors'> & {
  readonly children: { allTests(): Iterable<Test>; allSuites(): Iterable<{ errors(): readonly unknown[] }> };
};
type Test = Pick<TestCase, 'fullName'> & { result(): { readonly state: string } };

/**
 * How the tests ended. A file that cannot be loaded, a hook that fails and an error that nobody caught are a failure
 * each, and so is
 * a test that never ended.
 * @param name the pattern that chose the tests: those it left out do not count
 */
export function count(modules: readonly Module[], unhandled: readonly unknown[], name?: string): Count {
  const counted = { passed: 0, failed: unhandled.length, skipped: 0 };
  const chosen = new RegExp(name ?? '');
  for (const module of modules) {
    counted.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counted.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counted.passed++;
      else if (state !== 'skipped') counted.failed++;
      else if (chosen.test(test.fullName.replaceAll(' > ', ' '))) counted.skipped++;
    }
  }
  return counted;
}
