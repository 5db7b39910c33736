// Owns which input each field of a schema of the API gets: its label, help, limits and choices, derived from the JSON Schema
// that the reference shows too. Does not draw (schema-fields.tsx) or read (form-input.ts).
// More than 300 lines: one rule for each kind of schema.
import { z } from 'zod';

/** What pages add to a field, by its path such as `check.host`. */
export interface FieldOptions {
  readonly label?: string;
  /** In place of the description of the API. Empty: none. */
  readonly hint?: string;
  /** Values to choose from, where the schema takes any text. */
  readonly choices?: readonly Choice[];
  /**
   * `items`: of a list of objects, one group each. `rows`: the same, with buttons that add, order and remove: also without
   * the option, if each field of the objects is one input. `ordered`: of a list with choices, one choice after the other, because
   * the order counts. `yes-no`: a flag that may also be unset, where that differs from false. `line`: a long text of one line. `escaped`: the same, with line breaks and other control characters as `\\r\\n`.
   */
  readonly widget?:
    | 'line'
    | 'escaped'
    | 'textarea'
    | 'secret'
    | 'json'
    | 'yes-no'
    | 'time'
    | 'datetime-local'
    | 'items'
    | 'ordered'
    | 'rows';
  /** What one of the `items` or `rows` is called, such as "Step". */
  readonly itemLabel?: string;
  /** Of an `ordered` list: what the input for values that are no choice is called. Without it, only choices can be added. */
  readonly otherLabel?: string;
  /** A value is stored that the page does not show. An empty input keeps it. */
  readonly stored?: { readonly isRemovable: boolean };
  /** The input shows the number divided by this: 60 for seconds that people write as minutes. */
  readonly scale?: number;
  /** Id of a `<datalist>` of the page, with values to choose from. */
  readonly suggestions?: string;
  /** Behind "More options". */
  readonly advanced?: boolean;
  readonly omit?: boolean;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface Common {
  /** Path in the body, which is also the name of the input: `alert.failures`. */
  readonly path: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly required: boolean;
  /** Null is a value of the field: an empty input says it. */
  readonly nullable: boolean;
  readonly fallback: unknown;
  readonly example: unknown;
  readonly advanced: boolean;
  readonly stored: { readonly isRemovable: boolean } | undefined;
  readonly suggestions: string | undefined;
  /** The object around it may be left empty as a whole, so the browser must not ask for the field. */
  readonly isInOptional: boolean;
}

export type FieldSpec = Common &
  (
    | {
        readonly kind: 'text';
        readonly input: TextInput;
        readonly maxLength: number | undefined;
        /** A text of digits is a number, such as a quorum: `majority` or 3. */
        readonly orNumber: boolean;
      }
    | {
        readonly kind: 'number';
        readonly integer: boolean;
        readonly min: number | undefined;
        readonly max: number | undefined;
        readonly scale: number;
      }
    /** `onlyTrue`: false is no value, so a box that is not ticked leaves the field out. */
    | { readonly kind: 'flag'; readonly onlyTrue?: boolean }
    /** A text, a number, true, false or null: as JSON, or any other text. */
    | { readonly kind: 'scalar' }
    | {
        readonly kind: 'choice';
        readonly choices: readonly Choice[];
        readonly isNumber: boolean;
        readonly isFlag?: boolean;
      }
    /** One value a line, or boxes to tick if `choices` are known. `keyword`: a word in place of the list, such as `all`. */
    | {
        readonly kind: 'list';
        readonly choices: readonly Choice[] | undefined;
        /** `either`: items of digits are numbers, such as 401 beside `2xx`. */
        readonly items: 'text' | 'number' | 'either';
        readonly keyword: string | undefined;
        /** An empty list is the same as none. */
        readonly isNeverEmpty: boolean;
        readonly isOrdered: boolean;
        readonly otherLabel: string | undefined;
      }
    /** A list of objects. */
    | {
        readonly kind: 'items';
        readonly itemLabel: string;
        readonly isNeverEmpty: boolean;
        readonly fieldsAt: (index: number) => readonly FieldSpec[];
      }
    /** `name: value`, one a line. */
    | { readonly kind: 'record' }
    /** Values by name that are never shown again. Null keeps the value that is stored. */
    | { readonly kind: 'secrets' }
    | { readonly kind: 'group'; readonly fields: readonly FieldSpec[] }
    /** One of several objects, told apart by the field `tag`. */
    | { readonly kind: 'variants'; readonly tag: string; readonly variants: readonly Variant[] }
    /** A list of objects, one row each. Paths of the fields have `*` for the number of the row. */
    | {
        readonly kind: 'rows';
        readonly fields: readonly FieldSpec[];
        readonly max: number;
        readonly isNeverEmpty: boolean;
        /** Of the button that adds one. */
        readonly addLabel: string | undefined;
      }
    /** What no input fits, as JSON. */
    | { readonly kind: 'json' }
  );

type TextInput =
  | 'text'
  | 'escaped'
  | 'url'
  | 'email'
  | 'date'
  | 'time'
  | 'datetime-local'
  | 'textarea'
  | 'secret';

export interface Variant {
  readonly value: string;
  readonly fields: readonly FieldSpec[];
}

export type OptionsByPath = Readonly<Record<string, FieldOptions>>;

type Json = Readonly<Record<string, unknown>>;

const known = new WeakMap<z.ZodType, { readonly root: Json; readonly defs: Json }>();

function jsonSchemaOf(schema: z.ZodType): { readonly root: Json; readonly defs: Json } {
  const found = known.get(schema);
  if (found) return found;
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  const made = { root, defs: (root.$defs ?? {}) as Json };
  known.set(schema, made);
  return made;
}

/** The fields of an object schema, in its order. Of a union of objects such as a channel: those of one `variant`, by its tag. */
export function fieldsOf(
  schema: z.ZodType,
  options: OptionsByPath = {},
  variant?: string,
): readonly FieldSpec[] {
  const { root, defs } = jsonSchemaOf(schema);
  const object = resolve(root, defs);
  const alternatives = alternativesOf(object, defs);
  const tag = alternatives.length > 1 ? tagOf(alternatives) : undefined;
  const chosen = tag === undefined ? undefined : alternatives.find((one) => constOf(one, tag) === variant);
  return fieldsOfObject(chosen ?? alternatives[0]!, '', { defs, options });
}

interface Context {
  readonly defs: Json;
  readonly options: OptionsByPath;
  readonly isInOptional?: boolean;
}

/** Options of `steps[1].channels` are those of `steps[].channels`. */
const optionsOf = (path: string, { options }: Context): FieldOptions =>
  options[path.replace(/\[\d+\]/g, '[]')] ?? {};

/** The definition that a reference names. What stands beside the reference wins. */
function resolve(schema: Json, defs: Json): Json {
  const { $ref, ...own } = schema;
  if (typeof $ref !== 'string') return schema;
  const target = defs[$ref.split('/').at(-1)!] as Json;
  return { ...resolve(target, defs), ...own };
}

function fieldsOfObject(schema: Json, parent: string, context: Context): FieldSpec[] {
  const required = new Set(schema.required as string[] | undefined);
  return Object.entries((schema.properties ?? {}) as Record<string, Json>).flatMap(([name, property]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    if (optionsOf(path, context).omit) return [];
    return [fieldOf(resolve(property, context.defs), path, required.has(name), context)];
  });
}

function fieldOf(schema: Json, path: string, required: boolean, context: Context): FieldSpec {
  const options = optionsOf(path, context);
  const alternatives = alternativesOf(schema, context.defs);
  const nullable = alternatives.some(({ type }) => type === 'null');
  const rest = alternatives.filter(({ type }) => type !== 'null');
  const common: Common = {
    ...{ path, required, nullable, fallback: schema.default, example: schema.example },
    label: options.label ?? labelOf(path),
    hint:
      (options.hint ?? (schema.description as string | undefined) ?? (rest[0]?.description as string)) ||
      undefined,
    advanced: options.advanced ?? false,
    ...{ stored: options.stored, suggestions: options.suggestions },
    isInOptional: context.isInOptional ?? false,
  };
  if (options.widget === 'json') return { ...common, kind: 'json' };
  if (rest.length > 1 && alternatives.every(isScalar) && rest.some(({ type }) => type === 'boolean'))
    return { ...common, nullable: false, kind: 'scalar' };
  const within = nullable ? { ...context, isInOptional: true } : context;
  return { ...common, ...inputOf(rest, path, options, within) } as FieldSpec;
}

const isScalar = ({ type, enum: values }: Json): boolean =>
  ['string', 'number', 'integer', 'boolean', 'null'].includes(String(type)) && values === undefined;

/** A stored text that an empty one removes is a text. */
const alternativesOf = (schema: Json, defs: Json): Json[] => {
  const nested = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  // Types without limits may stand in one list.
  if (Array.isArray(schema.type)) return schema.type.map((type) => ({ ...schema, type }));
  if (nested === undefined) return [schema];
  const all = nested.flatMap((one) => alternativesOf(resolve(one, defs), defs));
  return all.filter((one) => one.const !== '' || all.length === 1);
};

type Input = FieldSpec extends infer Spec ? (Spec extends Common ? Omit<Spec, keyof Common> : never) : never;

function inputOf(rest: readonly Json[], path: string, options: FieldOptions, context: Context): Input {
  if (rest.length === 1) return inputOfOne(rest[0]!, path, options, context);
  const tag = tagOf(rest);
  if (tag !== undefined)
    return {
      kind: 'variants',
      tag,
      variants: rest.map((one) => ({
        value: String(constOf(one, tag)),
        fields: fieldsOfObject(one, path, {
          ...context,
          options: { ...context.options, [`${path}.${tag}`]: { omit: true } },
        }),
      })),
    };
  const list = rest.find(({ type }) => type === 'array');
  const keyword = rest.find((one) => typeof one.const === 'string');
  if (rest.length === 2 && list && keyword) {
    const input = inputOfOne(list, path, options, context);
    return input.kind === 'list' ? { ...input, keyword: keyword.const as string } : input;
  }
  if (rest.every(({ type }) => type === 'string' || type === 'integer' || type === 'number'))
    return { kind: 'text', input: 'text', maxLength: undefined, orNumber: true };
  return { kind: 'json' };
}

function inputOfOne(schema: Json, path: string, options: FieldOptions, context: Context): Input {
  const { type } = schema;
  const values = (schema.enum ?? (schema.const === undefined ? undefined : [schema.const])) as
    | unknown[]
    | undefined;
  const choices =
    options.choices ?? values?.map((value) => ({ value: String(value), label: wordsOf(String(value)) }));
  if (type === 'boolean' && options.widget === 'yes-no')
    return { kind: 'choice', choices: YES_NO, isNumber: false, isFlag: true };
  if (type === 'boolean') return { kind: 'flag', ...(schema.const === true ? { onlyTrue: true } : {}) };
  if (choices && type !== 'array')
    return { kind: 'choice', choices, isNumber: type === 'integer' || type === 'number' };
  if (type === 'integer' || type === 'number')
    return {
      kind: 'number',
      integer: type === 'integer',
      min: schema.minimum as number | undefined,
      max: schema.maximum as number | undefined,
      scale: options.scale ?? 1,
    };
  if (type === 'string')
    return {
      kind: 'text',
      input: textInputOf(schema, options),
      maxLength: schema.maxLength as number | undefined,
      orNumber: false,
    };
  if (type === 'array') {
    const rows = rowsOf(schema, path, options, context);
    if (rows !== null) return rows;
  }
  if (type === 'array') return listOf(schema, choices, path, options, context);
  if (type === 'object' && schema.properties !== undefined)
    return { kind: 'group', fields: fieldsOfObject(schema, path, context) };
  if (type === 'object' && (schema.additionalProperties as Json | undefined)?.type === 'string')
    return { kind: 'record' };
  if (type === 'object' && isNullableText(schema.additionalProperties)) return { kind: 'secrets' };
  return { kind: 'json' };
}

const isNullableText = (schema: unknown): boolean => {
  const types = ((schema as Json | undefined)?.anyOf as Json[] | undefined)?.map(({ type }) => type);
  return types?.length === 2 && types.includes('string') && types.includes('null');
};

const YES_NO = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
];

/** From here on, a text gets several lines. */
const LONG_TEXT = 1_000;

/** Line breaks that matter: a form posts every one of them as CR LF (HTML Standard, section 4.10.22.7). */
const hasControls = (example: unknown): boolean => typeof example === 'string' && /[\r\n]$/.test(example);

function textInputOf({ format, maxLength, example }: Json, { widget }: FieldOptions): TextInput {
  if (widget === 'secret' || widget === 'textarea' || widget === 'time' || widget === 'datetime-local')
    return widget;
  if (widget === 'escaped' || (widget === undefined && hasControls(example))) return 'escaped';
  if (widget === 'line') return 'text';
  if (format === 'uri') return 'url';
  if (format === 'email') return 'email';
  if (format === 'date') return 'date';
  return typeof maxLength === 'number' && maxLength >= LONG_TEXT ? 'textarea' : 'text';
}

/** Null: the items are no objects, or have fields that are more than one input. */
function rowsOf(
  schema: Json,
  path: string,
  { widget, itemLabel }: FieldOptions,
  context: Context,
): Input | null {
  const item = resolve((schema.items ?? {}) as Json, context.defs);
  if (item.type !== 'object' || item.properties === undefined) return null;
  if (widget !== undefined && widget !== 'rows') return null;
  const fields = fieldsOfObject(item, `${path}.*`, context);
  if (widget === undefined && !fields.every(({ kind }) => SINGLE_INPUTS.has(kind))) return null;
  return {
    ...{ kind: 'rows', fields, max: (schema.maxItems as number | undefined) ?? 100 },
    isNeverEmpty: typeof schema.minItems === 'number' && schema.minItems > 0,
    addLabel: itemLabel === undefined ? undefined : `Add ${itemLabel.toLowerCase()}`,
  };
}

const SINGLE_INPUTS: ReadonlySet<FieldSpec['kind']> = new Set(['text', 'number', 'flag', 'choice', 'scalar']);

function listOf(
  schema: Json,
  choices: readonly Choice[] | undefined,
  path: string,
  options: FieldOptions,
  context: Context,
): Input {
  const item = resolve((schema.items ?? {}) as Json, context.defs);
  const isNeverEmpty = typeof schema.minItems === 'number' && schema.minItems > 0;
  if (options.widget === 'items' && item.type === 'object')
    return {
      kind: 'items',
      ...{ isNeverEmpty, itemLabel: options.itemLabel ?? 'Entry' },
      fieldsAt: (index) => fieldsOfObject(item, `${path}[${index}]`, { ...context, isInOptional: true }),
    };
  const isNumber = item.type === 'integer' || item.type === 'number';
  const values = item.enum as unknown[] | undefined;
  const known = choices ?? values?.map((value) => ({ value: String(value), label: wordsOf(String(value)) }));
  const list = {
    ...{ kind: 'list' as const, choices: known, keyword: undefined, isNeverEmpty },
    ...{ isOrdered: options.widget === 'ordered', otherLabel: options.otherLabel },
  };
  if (item.type === 'string' || isNumber) return { ...list, items: isNumber ? 'number' : 'text' };
  const either = (item.anyOf ?? item.oneOf) as Json[] | undefined;
  return either?.every(({ type }) => type === 'string' || type === 'integer' || type === 'number')
    ? { ...list, items: 'either' }
    : { kind: 'json' };
}

/** The field that tells the alternatives apart: a different constant in each of them. */
function tagOf(alternatives: readonly Json[]): string | undefined {
  const [first] = alternatives;
  if (first === undefined || alternatives.some(({ type }) => type !== 'object')) return undefined;
  return Object.keys((first.properties ?? {}) as Json).find((name) => {
    const values = alternatives.map((one) => constOf(one, name));
    return values.every((value) => value !== undefined) && new Set(values).size === values.length;
  });
}

const constOf = (schema: Json, name: string): unknown =>
  ((schema.properties as Record<string, Json> | undefined)?.[name] as Json | undefined)?.const;

const UNITS: Readonly<Record<string, string>> = {
  Seconds: 'seconds',
  Minutes: 'minutes',
  Hours: 'hours',
  Days: 'days',
  Ms: 'ms',
  Mb: 'MB',
  Percent: '%',
};

/** `alert.confirmSeconds` is "Confirm (seconds)". */
export function labelOf(path: string): string {
  const name = path.split('.').at(-1)!;
  const unit = Object.keys(UNITS).find((one) => name.endsWith(one) && name.length > one.length);
  const words = wordsOf(unit === undefined ? name : name.slice(0, -unit.length));
  return unit === undefined ? words : `${words} (${UNITS[unit]})`;
}

/** Words that stand as they are in a label. */
const NAMES: Readonly<Record<string, string>> = {
  ...{
    url: 'URL',
    id: 'ID',
    slo: 'SLO',
    tls: 'TLS',
    dns: 'DNS',
    tcp: 'TCP',
    udp: 'UDP',
    http: 'HTTP',
    ca: 'CA',
    api: 'API',
  },
};

/** `runbookUrl` is "Runbook URL", `no_data` is "No data". */
export function wordsOf(name: string): string {
  // Values such as GET or aws:eu-central-1 are what people type.
  if (!/^[a-z][A-Za-z0-9_]*$/.test(name)) return name;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_]+/)
    .map((word) => NAMES[word.toLowerCase()] ?? word.toLowerCase());
  const text = words.join(' ');
  return text[0]!.toUpperCase() + text.slice(1);
}
