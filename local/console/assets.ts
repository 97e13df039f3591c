import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, 'page');

/** The files of the page, ready to be sent. */
export interface Assets {
  readonly html: string;
  readonly js: string;
  readonly css: string;
  readonly icon: string;
}

/**
 * Builds the page in memory. @param api base URL of the API, which the page names to newcomers
 * @throws Error with file, line and text of what esbuild finds wrong
 */
export async function buildAssets(api: string): Promise<Assets> {
  const [html, icon, { outputFiles }] = await Promise.all([
    readFile(join(PAGE, 'index.html'), 'utf8'),
    readFile(join(PAGE, 'favicon.svg'), 'utf8'),
    build({
      absWorkingDir: PAGE,
      entryPoints: { console: 'main.tsx' },
      outdir: '/',
      write: false,
      bundle: true,
      minify: true,
      format: 'esm',
      // Where light-dark() is, on which the colours stand.
      target: ['chrome123', 'firefox120', 'safari17.5'],
      legalComments: 'none',
      logLevel: 'silent',
    }),
  ]);
  const output = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  return { html: html.replace('http://localhost:8000', api), js: output('.js'), css: output('.css'), icon };
}
