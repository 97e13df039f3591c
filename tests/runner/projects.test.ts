import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, resolve } from 'node:path';
import { describe, test } from 'vitest';
import { PROJECTS, type ProjectName } from './projects.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FILES = globSync('tests/**/*.test.ts', { cwd: ROOT });
const NAMES = Object.keys(PROJECTS) as ProjectName[];

function projectsOf(file: string): ProjectName[] {
  const isIn = (patterns: readonly string[]) => patterns.some((pattern) => matchesGlob(file, pattern));
  return NAMES.filter((name) => {
    const { include, exclude = [] }: { include: readonly string[]; exclude?: readonly string[] } = PROJECTS[name];
    return isIn(include) && !isIn(exclude);
  });
}

/** A file and all that it imports of this repository's tests, by path. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(/from '(\.[^']+\.tsx?)'/g)) {
    const imported = join(dirname(file), path);
    if (imported.startsWith('tests/')) importsOf(imported, seen);
  }
  return seen;
}

describe('the projects of the tests', () => {
  test('have each file, and each file once', () => {
    assert.ok(FILES.length > 150, `${FILES.length} files`);
    assert.deepEqual(
      FILES.map((file) => [file, projectsOf(file).length]).filter(([, count]) => count !== 1),
      [],
    );
  });

  test('are where a browser is opened the one that has it', () => {
    const opening = FILES.filter((file) => importsOf(file).has('tests/end-to-end/browser.ts'));
    assert.ok(opening.length > 4);
    assert.deepEqual(
      opening.filter((file) => projectsOf(file)[0] !== 'browser'),
      [],
    );
  });

  test('have no test that nobody collects: what defines tests is named *.test.ts', () => {
    const others = globSync('tests/**/*.{ts,tsx,mts,js,cjs}', { cwd: ROOT }).filter(
      (file) => !file.endsWith('.test.ts'),
    );
    const defines = /import [^;]*\b(describe|it|test)\b[^;]* from 'vitest'/;
    assert.deepEqual(
      others.filter((file) => defines.test(readFileSync(join(ROOT, file), 'utf8'))).sort(),
      // What is run by hand, what is to fail, and what defines them for others.
      ['tests/end-to-end/fixtures/page-left-open.ts', 'tests/figures.ts', 'tests/screenshots.ts', 'tests/tools.ts'],
    );
  });
});
