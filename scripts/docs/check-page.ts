// The page of one check, from its schema and from what it says of itself. Pure.
import { z } from 'zod';
import type { Check, CheckDocs } from '../../probes/checks/check.ts';
import { FAILURE_CODES } from '../../probes/contract/index.ts';

/** What JSON Schema says of one option, as far as a page shows it. */
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

/** A Markdown page. Its options are in the order in which the schema has them. */
export function checkPage(check: Check): string {
  const { about, type } = check;
  return [
    '<!-- Made by `npm run docs` from the check itself: edit that, not this. -->',
    `# ${type}`,
    about.summary,
    '## Example',
    exampleOf(about),
    `\`\`\`sh\n${commandOf(check)}\n\`\`\``,
    `This runs it once from this machine, and shows what was said on the wire.${secretsNote(about)}`,
    '## Options',
    optionsTable(check),
    '## What failing means',
    failuresTable(about),
    ...(about.degraded === null ? [] : ['## What makes it a warning', about.degraded]),
    ...(about.notes === '' ? [] : ['## Notes', about.notes]),
    '## References',
    about.references.map(({ title, url }) => `- [${title}](${url})`).join('\n'),
    '',
  ].join('\n\n');
}

/** One row a check, for the README; `folder` is where the pages are. */
export function checksTable(checks: readonly Check[], folder: string): string {
  const rows = checks.map(
    ({ type, about }) => `| [\`${type}\`](${folder}/${type}.md) | ${cell(about.summary)} |`,
  );
  return ['| check | is ok when |', '|---|---|', ...rows].join('\n');
}

function exampleOf({ example }: CheckDocs): string {
  const monitor = { name: 'An example', check: example, intervalSeconds: 60 };
  return `\`\`\`json\n${JSON.stringify(monitor, null, 2)}\n\`\`\``;
}

/** The example as `npm run check-target` takes it: its target, then what is not said by that. */
function commandOf({ about, options }: Check): string {
  const { type, secrets, ...rest } = about.example;
  const [first = 'host'] = optionNames(options).filter((name) => name !== 'type');
  const { [first]: target, port, ...others } = rest;
  const isPlace = first === 'host' && port !== undefined;
  const more = isPlace || port === undefined ? others : { ...others, port };
  return [
    `npm run -s check-target -- ${quoted(isPlace ? `${target}:${port}` : `${target}`)} --type ${type}`,
    ...(Object.keys(more).length === 0 ? [] : [`--options ${quoted(JSON.stringify(more))}`]),
    ...namesOf(secrets).map((name) => `--secret ${name}=env:${name.toUpperCase()}`),
  ].join(' \\\n  ');
}

function secretsNote({ example }: CheckDocs): string {
  const names = namesOf(example.secrets).map((name) => `\`${name.toUpperCase()}\``);
  return names.length === 0 ? '' : ` It takes its secrets from the environment: ${names.join(', ')}.`;
}

const namesOf = (secrets: unknown): string[] => Object.keys((secrets as object | undefined) ?? {});

const optionNames = (options: Check['options']): string[] =>
  'shape' in options ? Object.keys(options.shape as object) : [];

/** One word of a POSIX shell, as short as it may be. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function failuresTable({ failures }: CheckDocs): string {
  const rows = FAILURE_CODES.flatMap((code) => {
    const meaning = failures[code];
    return meaning === undefined ? [] : [`| \`${code}\` | ${cell(meaning)} |`];
  });
  return ['| code | means |', '|---|---|', ...rows].join('\n');
}

function optionsTable({ options }: Check): string {
  const schema = z.toJSONSchema(options, { io: 'input' }) as Option;
  const rows = Object.entries(schema.properties ?? {}).map(([name, option]) => {
    const isRequired = schema.required?.includes(name) ?? false;
    const byDefault = option.default === undefined ? '' : `\`${JSON.stringify(option.default)}\``;
    return `| \`${name}\` | ${cell(valuesOf(option))} | ${isRequired ? 'required' : byDefault} | ${cell(meaningOf(name, option))} |`;
  });
  return ['| option | value | default | means |', '|---|---|---|---|', ...rows].join('\n');
}

const meaningOf = (name: string, option: Option): string =>
  option.description ?? (name === 'type' ? 'Which check this is.' : name === 'port' ? 'Where it goes.' : '');

function valuesOf(option: Option): string {
  if (option.const !== undefined) return code(option.const);
  if (option.enum) return option.enum.map(code).join(', ');
  const choices = option.anyOf ?? option.oneOf;
  if (choices) return [...new Set(choices.map(valuesOf))].join(', or ');
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
    ? `names with ${valuesOf(additionalProperties)}`
    : 'an object';
}

/** Zod writes the safe integers where a schema has no bound of its own. */
function rangeOf({ type, minimum, maximum }: Option): string {
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const isBound = (bound: number | undefined): bound is number =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isBound(minimum) && isBound(maximum)) return `${kind} from ${minimum} to ${maximum}`;
  return isBound(minimum) ? `${kind} from ${minimum} on` : kind;
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** A table cell is one line, and a bar would end it. */
const cell = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|');
