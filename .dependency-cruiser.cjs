/** The direction of imports: entries -> domains -> runtime -> contract. See CONTRIBUTING.md. */
/** What every part may know. */
const CONTRACT = '^functions/contract/';
/** The part of it that needs zod. */
const SCHEMAS = '^functions/contract/schemas/';
/** The function that applies the schema: an entry, like those of functions/. */
const MIGRATOR = '^infra/(database|migrator)/';
/** What a command line is, for every script. */
const COMMAND = '^local/machine/command\\.ts$';
const DOMAIN = '^functions/(prior-auth|series)/';
const RUNTIME = '^functions/runtime/';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'contract-stands-on-nothing',
      comment: 'It is pure, so that the browser and the layer can take it.',
      severity: 'error',
      from: { path: CONTRACT, pathNot: SCHEMAS },
      to: { pathNot: '^functions/contract/(?!schemas/)' },
    },
    {
      name: 'schemas-stand-on-zod',
      comment: 'And on the rest of the contract.',
      severity: 'error',
      from: { path: SCHEMAS },
      to: { pathNot: [CONTRACT, 'node_modules/zod/'] },
    },
    {
      name: 'schemas-are-for-readers',
      comment: 'A request’s path, the layer and the browser do not pay for what checks a whole line, by whatever way.',
      severity: 'error',
      from: { path: '^(functions/(?!contract/|verify/)|layers/|local/console/page/)' },
      to: { path: SCHEMAS, reachable: true },
    },
    {
      name: 'entries-are-apart',
      comment: 'A function never imports another one.',
      severity: 'error',
      from: { path: '^functions/([^/]+)/', pathNot: [DOMAIN, RUNTIME, CONTRACT] },
      to: { path: '^functions/', pathNot: ['^functions/$1/', DOMAIN, RUNTIME, CONTRACT] },
    },
    {
      name: 'domains-are-apart',
      severity: 'error',
      from: { path: DOMAIN },
      to: { path: '^functions/', pathNot: ['^functions/$1/', RUNTIME, CONTRACT] },
    },
    {
      name: 'runtime-stands-on-the-contract',
      severity: 'error',
      from: { path: RUNTIME },
      to: { path: '^functions/', pathNot: [RUNTIME, CONTRACT] },
    },
    {
      name: 'postgres-in-stores',
      comment: 'SQL is written in store.ts files and in the migrator.',
      severity: 'error',
      from: {
        path: '^(functions|layers|infra|local)/',
        pathNot: ['/store\\.ts$', '^functions/runtime/postgres\\.ts$', '^infra/database/migrate\\.ts$'],
      },
      to: { path: 'node_modules/postgres/' },
    },
    {
      name: 'opentelemetry-api-only',
      comment: 'What is deployed knows the OpenTelemetry API only; the official SDK is what tests hold the layer to.',
      severity: 'error',
      from: { path: '^(functions|layers|infra|local)/' },
      to: { path: 'node_modules/@opentelemetry/', pathNot: 'node_modules/@opentelemetry/api/' },
    },
    {
      name: 'functions-stand-by-themselves',
      comment:
        'What is deployed takes nothing from what surrounds it. The scripts of npm run verify and purge have a command line.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(infra|layers|local|bench)/', pathNot: COMMAND },
    },
    {
      name: 'command-lines-are-of-scripts',
      comment: 'No function that is deployed reads a command line.',
      severity: 'error',
      from: { path: '^(functions|layers)/', pathNot: '^functions/(verify|purge)/(cli|options)\\.ts$' },
      to: { path: COMMAND },
    },
    {
      name: 'layer-is-apart',
      severity: 'error',
      from: { path: '^layers/' },
      to: { path: '^(functions|infra|local)/', pathNot: CONTRACT },
    },
    {
      name: 'http-could-be-a-library',
      comment: 'The HTTP client knows nothing of telemetry.',
      severity: 'error',
      from: { path: '^layers/otel/http/' },
      to: { path: ['^layers/', CONTRACT, 'node_modules/'], pathNot: '^layers/otel/http/' },
    },
    {
      name: 'layer-has-floors',
      comment: 'What makes spans, what may leave and what is set know nothing of who uses them.',
      severity: 'error',
      from: { path: '^layers/otel/(trace|redaction|settings)/' },
      to: { path: '^layers/', pathNot: ['^layers/otel/$1/', '^layers/otel/warning\\.ts$'] },
    },
    {
      name: 'layer-has-floors',
      comment: 'The exporter and the extension are apart, and stand on HTTP and spans.',
      severity: 'error',
      from: { path: '^layers/otel/(export|lambda)/' },
      to: {
        path: '^layers/',
        pathNot: ['^layers/otel/($1|http|trace|redaction)/', '^layers/otel/warning\\.ts$'],
      },
    },
    {
      name: 'local-talks-by-processes',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(functions|infra|layers)/', pathNot: CONTRACT },
    },
    {
      name: 'machine-stands-on-nothing',
      comment: 'Rooms of local: machine; embedded, monitoring; client; console, demo, doctor; launcher; stack.',
      severity: 'error',
      from: { path: '^local/machine/' },
      to: { path: '^local/', pathNot: '^local/machine/' },
    },
    {
      name: 'embedded-parts-stand-on-the-machine',
      severity: 'error',
      from: { path: '^local/(embedded|monitoring)/' },
      to: { path: '^local/', pathNot: '^local/($1|machine)/' },
    },
    {
      name: 'gateway-asks-the-emulator',
      severity: 'error',
      from: { path: '^local/gateway/' },
      to: { path: '^local/', pathNot: '^local/(gateway|embedded|machine)/' },
    },
    {
      name: 'client-asks-the-parts',
      severity: 'error',
      from: { path: '^local/client/' },
      to: { path: '^local/', pathNot: '^local/(client|embedded|machine)/' },
    },
    {
      name: 'views-are-apart',
      comment: 'Console, demo and doctor show what the client finds, and never import one another.',
      severity: 'error',
      from: { path: '^local/(console|demo|doctor)/' },
      to: { path: '^local/', pathNot: '^local/($1|client|embedded|monitoring|machine)/' },
    },
    {
      name: 'launcher-knows-no-containers',
      severity: 'error',
      from: { path: '^local/launcher/' },
      to: { path: '^local/(demo|doctor|stack)/' },
    },
    {
      name: 'stack-starts-the-launcher',
      severity: 'error',
      from: { path: '^local/stack/' },
      to: { path: '^local/(console|demo|doctor|embedded)/' },
    },
    {
      name: 'page-is-for-the-browser',
      comment: 'The console’s page shares with its server the contract and what is pure.',
      severity: 'error',
      from: { path: '^local/console/page/' },
      to: {
        path: '^(functions|infra|layers|local)/',
        pathNot: [
          CONTRACT,
          '^local/console/(page/|contract\\.ts$)',
          '^local/client/(audit-event|jaeger-span)\\.ts$',
          '^local/embedded/traces/(duration\\.ts$|tree/)',
        ],
      },
    },
    {
      name: 'infra-takes-types',
      severity: 'error',
      from: { path: '^infra/', pathNot: MIGRATOR },
      to: {
        path: '^(functions|layers|local)/',
        pathNot: [CONTRACT, COMMAND],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'migrator-stands-on-runtime',
      comment: 'As any function does.',
      severity: 'error',
      from: { path: MIGRATOR },
      to: { path: '^(functions|layers|local)/', pathNot: [RUNTIME, CONTRACT, COMMAND] },
    },
    {
      name: 'sources-never-import-tests',
      severity: 'error',
      from: { pathNot: '^(tests|bench)/' },
      to: { path: '^tests/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^bench/peers/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
