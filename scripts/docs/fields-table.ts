// Owns the table of the fields of a JSON Schema, as the pages of checks and channels show it. Pure.

/** The part of an option's JSON Schema that a page shows. */
interface Option {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Option[];
  readonly oneOf?: readonly Option[];
  readonly items?: Option;
  readonly properties?: Readonly<Record<string, Option>>;
  readonly additionalProperties?: Option | boolean;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** One row a field, in the schema's order. `notes` has a word about a field beside its default. */
export function fieldsTable(given: object, notes: ReadonlyMap<string, string>, heading = 'field'): string {
  const schema = given as Option;
  const rows = Object.entries(schema.properties ?? {}).map(([name, option]) => {
    const isRequired = schema.required?.includes(name) ?? false;
    const byDefault = option.default === undefined ? '' : `\`${JSON.stringify(option.default)}\``;
    const note = [isRequired ? 'required' : byDefault, notes.get(name) ?? ''].filter(Boolean).join(', ');
    return `| \`${name}\` | ${cell(valuesOf(option))} | ${note} | ${cell(meaningOf(name, option))} |`;
  });
  return [`| ${heading} | value | default | meaning |`, '|---|---|---|---|', ...rows].join('\n');
}

const meaningOf = (name: string, option: Option): string =>
  option.description ?? (name === 'type' ? 'The check type.' : '');

function valuesOf(option: Option): string {
  if (option.const !== undefined) return code(option.const);
  if (option.enum) return option.enum.map(code).join(', ');
  const choices = option.anyOf ?? option.oneOf;
  // An empty text removes an optional secret, which its description states.
  if (choices) return [...new Set(choices.filter((one) => one.const !== '').map(valuesOf))].join(', or ');
  switch (option.type) {
    case 'array':
      return `a list of ${option.items ? valuesOf(option.items) : 'anything'}`;
    case 'object':
      return objectOf(option);
    case 'integer':
    case 'number':
      return rangeOf(option);
    case 'boolean':
      return '`true`, `false`';
    default:
      return 'text';
  }
}

function objectOf({ properties, additionalProperties }: Option): string {
  if (properties) return `{ ${Object.keys(properties).map(code).join(', ')} }`;
  return typeof additionalProperties === 'object'
    ? `an object of names and ${valuesOf(additionalProperties)} values`
    : 'an object';
}

/** If a schema has no bound, zod writes the largest safe integer. */
function rangeOf({ type, minimum, maximum }: Option): string {
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const isBound = (bound: number | undefined): bound is number =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isBound(minimum) && isBound(maximum)) return `${kind} from ${minimum} to ${maximum}`;
  return isBound(minimum) ? `${kind}, at least ${minimum}` : kind;
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** A table cell is one line, and a bar ends it. */
export const cell = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|');
