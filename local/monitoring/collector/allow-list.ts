/**
 * The contract's list of names and attributes in the collector's own language (OTTL of the transform processor).
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/ottl
 */
import { ATTRIBUTES } from '../../../functions/contract/attributes.ts';
import { REDACTED, SCOPES, SPAN_NAMES } from '../../../functions/contract/spans.ts';
import { alternatives, type ValueRule } from '../../../functions/contract/values.ts';

/** Of the deployment, and of the function as Lambda describes it: what the layer says of itself. */
const RESOURCE_ATTRIBUTES = [
  'service.name',
  'service.version',
  'deployment.environment.name',
  'telemetry.sdk.language',
  'telemetry.sdk.name',
  'telemetry.sdk.version',
  'process.runtime.name',
  'cloud.provider',
  'cloud.platform',
  'cloud.region',
  'faas.name',
  'faas.version',
  'faas.instance',
  'faas.max_memory',
];

interface Group {
  readonly context: 'resource' | 'scope' | 'span' | 'spanevent';
  readonly statements: readonly string[];
}

/** What removes all that is not on the list, in the order in which the collector does it. */
export function allowedStatements(): Group[] {
  const rules = Object.entries<ValueRule>(ATTRIBUTES);
  const ofEvents = rules.filter(([key]) => key === 'exception.type');
  return [
    {
      context: 'resource',
      statements: [keepKeys('resource', RESOURCE_ATTRIBUTES), 'set(resource.schema_url, "")'],
    },
    {
      context: 'scope',
      statements: [
        'delete_matching_keys(scope.attributes, ".*")',
        'set(scope.version, "")',
        'set(scope.schema_url, "")',
        redactName('scope', SCOPES),
      ],
    },
    {
      context: 'span',
      statements: [
        redactName('span', SPAN_NAMES),
        'set(span.status.message, "")',
        'set(span.trace_state, "")',
        ...keepAttributes('span', rules),
      ],
    },
    { context: 'spanevent', statements: keepAttributes('spanevent', ofEvents) },
  ];
}

function redactName(context: string, names: readonly string[]): string {
  return `set(${context}.name, "${REDACTED}") where not IsMatch(${context}.name, ${quote(`^(?:${alternatives(names)})$`)})`;
}

function keepAttributes(context: string, rules: readonly [string, ValueRule][]): string[] {
  const path = `${context}.attributes`;
  const removals = rules.map(([key, rule]) => {
    const name = JSON.stringify(key);
    return `delete_key(${path}, ${name}) where not IsMatch(${path}[${name}], ${quote(toPattern(rule))})`;
  });
  const names = rules.map(([key]) => key);
  return [keepKeys(context, names), ...removals];
}

function keepKeys(context: string, keys: readonly string[]): string {
  return `keep_keys(${context}.attributes, [${keys.map((key) => JSON.stringify(key)).join(', ')}])`;
}

/** IsMatch reads text as it is, and anything else as JSON. */
function toPattern({ type, pattern }: ValueRule): string {
  return type === 'list' ? `^\\[(?:"(?:${pattern})",?)*\\]$` : `^(?:${pattern})$`;
}

function quote(pattern: string): string {
  return JSON.stringify(pattern);
}
