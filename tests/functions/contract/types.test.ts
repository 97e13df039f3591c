/** Types tie what belongs together: sources are changed in memory, and the compiler says where that breaks. */
import assert from 'node:assert/strict';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');

/** One program of the sources as they are, and a way to look at one with an edit. */
class Project {
  readonly #options: ts.CompilerOptions;
  readonly #roots: string[];
  readonly #host: ts.CompilerHost;
  readonly #base: ts.Program;
  #edit: { readonly file: string; readonly text: string } | undefined;

  /** @param config a tsconfig.json; @param roots the files to begin with, all below the project's root */
  constructor(config: string, roots: readonly string[]) {
    const path = join(ROOT, config);
    const { config: json } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
    this.#options = ts.parseJsonConfigFileContent(json, ts.sys, resolve(path, '..')).options;
    this.#roots = roots.map((root) => join(ROOT, root));
    this.#host = this.#overlaid(ts.createCompilerHost(this.#options));
    this.#base = ts.createProgram(this.#roots, this.#options, this.#host);
  }

  /** What the compiler says, as `file: message`, once `found` in a file is replaced. */
  errorsAfter(file: string, found: string, replacement: string): string[] {
    const text = ts.sys.readFile(join(ROOT, file)) ?? assert.fail(file);
    assert.equal(text.split(found).length, 2, `${file} has not once: ${found}`);
    this.#edit = { file: join(ROOT, file), text: text.replace(found, () => replacement) };
    const program = ts.createProgram(this.#roots, this.#options, this.#host, this.#base);
    this.#edit = undefined;
    return errorsOf(program);
  }

  errors(): string[] {
    return errorsOf(this.#base);
  }

  /** Files are parsed once, and the edited one anew. */
  #overlaid(host: ts.CompilerHost): ts.CompilerHost {
    const parsed = new Map<string, ts.SourceFile | undefined>();
    return {
      ...host,
      getSourceFile: (name, languageVersion) => {
        if (this.#edit?.file === name) return ts.createSourceFile(name, this.#edit.text, languageVersion, true);
        if (!parsed.has(name)) parsed.set(name, host.getSourceFile(name, languageVersion));
        return parsed.get(name);
      },
    };
  }
}

function errorsOf(program: ts.Program): string[] {
  const own = program.getSourceFiles().filter(({ fileName }) => !fileName.includes('/node_modules/'));
  const found = own.flatMap((file) => program.getSemanticDiagnostics(file));
  return [...program.getOptionsDiagnostics(), ...found].map(
    ({ file, messageText }) =>
      `${relative(ROOT, file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

function assertOnly(errors: readonly string[], expected: RegExp): void {
  assert.equal(errors.length, 1, errors.join('\n'));
  assert.match(errors[0] ?? '', expected);
}

describe('the compiler reports', () => {
  const functions = new Project('tsconfig.json', ['functions/submit/handler.ts', 'functions/status/handler.ts']);
  const page = new Project('local/console/page/tsconfig.json', ['local/console/page/trace/audit-trail.tsx']);
  const SUBMIT = 'functions/submit/submit.ts';
  const EVENTS = 'functions/prior-auth/events.ts';
  const TRAIL = 'functions/contract/trail.ts';

  test('nothing while nothing is changed', () => {
    assert.deepEqual([...functions.errors(), ...page.errors()], []);
  });

  test('a member of a submission that the store does not write', () => {
    const errors = functions.errorsAfter(
      'functions/prior-auth/request.ts',
      'readonly requested_service: string;',
      'readonly requested_service: string;\n  readonly urgency?: string;',
    );
    assertOnly(errors, /^functions\/prior-auth\/store\.ts: .*Record<string, never>/);
  });

  const UNLISTED: [string, string, string, string, RegExp][] = [
    ['a step', SUBMIT, "inSpan('submit_prior_auth'", "inSpan('submit'", /"submit"/],
    ['a call to the database', SUBMIT, "'database_insert'", "'insert'", /"insert"/],
    ['a route', 'functions/submit/handler.ts', "'POST /prior-auth/submit'", "'POST /submit'", /"POST \/submit"/],
    ['a table', SUBMIT, "'prior_auth_requests'", "'members'", /"members"/],
    ['an attribute', EVENTS, "setAttribute('prior_auth.npi.check_digit'", "setAttribute('npi.digit'", /"npi\.digit"/],
    ['one of several attributes', EVENTS, "'prior_auth.idempotent_replay': true", "'replay': true", /'replay'/],
    ['a value of an attribute', EVENTS, "isValid ? 'valid' : 'invalid'", "isValid ? 'right' : 'wrong'", /"right"/],
  ];
  for (const [what, file, found, replacement, expected] of UNLISTED)
    test(`${what} of a span that is on no list`, () => {
      const errors = functions.errorsAfter(file, found, replacement);
      assertOnly(errors, new RegExp(`^${file}: .*${expected.source}`));
    });

  const UNWRITTEN: [string, string, string, RegExp][] = [
    ['an event', "auditEvent('npi_validated'", "auditEvent('npi_checked'", /"npi_checked"/],
    ['a detail', '{ status: request.status }', '{ status: request.status, stage: 1 }', /'stage'/],
    ['an order of events', '[received, validated, submitted]', '[validated, received, submitted]', /npi_validated/],
    ['one event too few', '[received, validated, submitted]', '[received, submitted]', /npi_validated/],
  ];
  for (const [what, found, replacement, expected] of UNWRITTEN)
    test(`${what} that is not as the list of the trail has it`, () => {
      const errors = functions.errorsAfter(SUBMIT, found, replacement);
      assert.match(errors.join('\n'), expected);
      for (const error of errors) assert.ok(error.startsWith(`${SUBMIT}: `), error);
    });

  const MORE = ["status: 'string' }", "status: 'string', priority: 'string' }"] as const;
  test('a detail of an audit event that its writer does not say', () => {
    assertOnly(functions.errorsAfter(TRAIL, ...MORE), /^functions\/submit\/submit\.ts: .*'priority'/);
  });

  test('a detail of an audit event that the console does not know', () => {
    const errors = page.errorsAfter(TRAIL, ...MORE);
    assertOnly(errors, /^local\/console\/page\/trace\/audit-trail\.tsx: Property 'priority' is missing/);
  });
});
