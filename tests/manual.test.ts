/** The manual: its links lead somewhere, its commands exist, and every setting is on its page. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'vitest';
import * as z from 'zod/mini';

const ROOT = resolve(import.meta.dirname, '..');
const PAGES = globSync(['*.md', 'docs/**/*.md', '.github/*.md'], { cwd: ROOT });
const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || (statSync(join(ROOT, target)).isFile() && anchorsOf(target).includes(anchor));
}

test('every link leads to a file, and to a heading in it', () => {
  const links = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })),
  ).filter(({ link }) => !/^https?:/.test(link));
  assert.ok(links.length > 50, `${links.length} links`);
  assert.deepEqual(
    links.filter(({ page, link }) => !isThere(page, link)),
    [],
  );
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached)
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)\s#]+\.md)(?:#[^)]*)?\)/g))
      if (!/^https?:/.test(link)) reached.add(join(dirname(page), link));
  assert.deepEqual(
    globSync('docs/**/*.md', { cwd: ROOT }).filter((page) => !reached.has(page)),
    [],
  );
});

test('every command of the manual exists, and the README has every command', () => {
  const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name));
  assert.deepEqual(
    [...new Set(named)].filter((name) => !(name in scripts)),
    [],
  );
  const commands = Object.keys(scripts).filter((name) => !name.startsWith('test'));
  assert.deepEqual(
    commands.filter((name) => !read('README.md').includes(`\`npm run ${name}\``)),
    [],
  );
});

test('the README is short enough to be read', () => {
  assert.ok(read('README.md').split('\n').length <= 201);
});

/** Where a settings file names what it reads from the environment. */
const READS = [
  /[{ ]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOST): [a-z]/g,
  /(?:env|environment)\['([A-Z][A-Z0-9_]+)'\]/g,
  /\bread(?:<[^(]*>)?\('([A-Z][A-Z0-9_]+)'/g,
];

/** What the machine and Lambda set, and what AWS' and npm's own tools read. */
const OF_THE_PLATFORM = /^(AWS_|AMAZON_|_X_AMZN|PATH$|HOME$|LANG$|TMPDIR$|NODE_|npm_)/;

function settingsInCode(): string[] {
  const files = globSync('{functions,layers,infra,local}/**/{settings,handler}.ts', { cwd: ROOT }).map(read);
  const found = files.flatMap((text) =>
    READS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name)),
  );
  return [...new Set(found)].filter((name) => !OF_THE_PLATFORM.test(name)).sort();
}

function settingsOnPage(): string[] {
  const [first = ''] = read('docs/settings.md').split('## Choices of a deployment');
  const named = [...first.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOST)(?:=[^`]*)?`/g)].map(([, name = '']) => name);
  return [...new Set(named)].filter((name) => !OF_THE_PLATFORM.test(name)).sort();
}

test('every setting is on the page, and the page has no other', () => {
  const inCode = settingsInCode();
  assert.ok(inCode.length > 40, inCode.join(' '));
  assert.deepEqual(settingsOnPage(), inCode);
});

test('every choice of a deployment is on the page, and the page has no other', () => {
  const [, shape = ''] = /const Context = z\.object\(\{\n([^]*?)\n\}\);/.exec(read('infra/settings.ts')) ?? [];
  const inCode = [...shape.matchAll(/^ {2}'?([a-z-]+)'?:/gm)].map(([, name = '']) => name);
  const [, table = ''] = /## Choices of a deployment\n([^]*)/.exec(read('docs/settings.md')) ?? [];
  const rows = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name),
  );
  assert.ok(inCode.length > 8, inCode.join(' '));
  assert.deepEqual(rows.sort(), inCode.sort());
});

test('every setting in .env.example is one of what runs here', () => {
  const settings = settingsInCode();
  const named = [...read('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name);
  assert.ok(named.length > 20);
  assert.deepEqual(
    named.filter((name) => !settings.includes(name)),
    [],
  );
});
