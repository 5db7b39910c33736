// Owns which issues are one mistake of a person who writes a file: a misspelled field is unknown and missing, and a bad
// indent puts fields in another object. Also names what is missing. Does not word other issues.
import { type FieldPath, writePath } from './field-path.ts';

/** An issue of a schema, with one unknown field at most. */
export interface Issue {
  readonly code: string;
  readonly path: FieldPath;
  readonly message: string;
}

type Kind = 'missing' | 'empty' | 'unknown' | 'other';
type Mistake = Issue & { readonly kind: Kind };

/** Every step compares issues with each other. More issues than a person reads are left as they are. */
const MAX_COMPARED = 300;

/** The same issues, in which a missing field is called missing. `input` is the value that the schema rejected. */
export const nameMissing = (issues: readonly Issue[], input: unknown): Issue[] =>
  issues.map((issue) => named({ ...issue, kind: kindOf(issue, input) }));

/** One issue for each mistake, in which a missing field is called missing. */
export function mergeMistakes(issues: readonly Issue[], input: unknown): Issue[] {
  if (issues.length > MAX_COMPARED) return nameMissing(issues, input);
  const found = issues.map((issue) => ({ ...issue, kind: kindOf(issue, input) }));
  const apart = withoutMisplaced(withoutMisspelled(withoutEmptied(found, input)));
  return withoutInsideCheck(apart, input).map(named);
}

const named = (mistake: Mistake): Issue =>
  mistake.kind === 'missing' ? { ...mistake, message: missingMessage(mistake) } : mistake;

const TYPE_ISSUES: readonly string[] = ['invalid_type', 'invalid_value', 'invalid_union'];

function kindOf({ code, path }: Issue, input: unknown): Kind {
  if (code === 'unrecognized_keys') return 'unknown';
  if (path.length === 0 || !TYPE_ISSUES.includes(code)) return 'other';
  const value = valueAt(input, path);
  const parent = valueAt(input, path.slice(0, -1));
  if (value === undefined && isObject(parent)) return 'missing';
  return value === null ? 'empty' : 'other';
}

function valueAt(input: unknown, path: FieldPath): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const nameOf = ({ path }: Issue): string => String(path.at(-1));
const parentOf = ({ path }: Issue): FieldPath => path.slice(0, -1);
const isSamePath = (a: FieldPath, b: FieldPath): boolean =>
  a.length === b.length && a.every((key, at) => key === b[at]);
const isWithin = (inner: FieldPath, outer: FieldPath): boolean => outer.every((key, at) => key === inner[at]);

const list = (names: readonly string[]): string => {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
};

function missingMessage(mistake: Mistake): string {
  const { message } = mistake;
  const start = `\`${nameOf(mistake)}\` is missing.`;
  const rest = message
    .replace(/^Invalid [^.]*\. /, '')
    .replace(/^Must /, 'It must ')
    .replace(/^`[^`]+` must /, 'It must ');
  return rest === '' ? start : `${start} ${rest}`;
}

/** `check:` without a value, and its options on the same level as it. */
function withoutEmptied(found: readonly Mistake[], input: unknown): Mistake[] {
  let rest = [...found];
  for (const empty of found) {
    if (empty.kind !== 'empty') continue;
    const parent = valueAt(input, parentOf(empty));
    const order = isObject(parent) ? Object.keys(parent) : [];
    const beside = rest.filter(
      (other) =>
        other.kind === 'unknown' &&
        isSamePath(parentOf(other), parentOf(empty)) &&
        order.indexOf(nameOf(other)) > order.indexOf(nameOf(empty)),
    );
    if (beside.length === 0) continue;
    const name = nameOf(empty);
    const [are, them] = beside.length === 1 ? ['is', 'it'] : ['are', 'them'];
    const message = `\`${name}\` is empty, and ${list(beside.map(nameOf))} ${are} beside it. Indent ${them} below \`${name}\`.`;
    rest = rest.flatMap((one) => (one === empty ? [{ ...one, message }] : beside.includes(one) ? [] : [one]));
  }
  return rest;
}

/** An unknown field whose suggestion is missing in the same object. */
function withoutMisspelled(found: readonly Mistake[]): Mistake[] {
  const suggested = found.flatMap((one) => {
    const [, name] = one.kind === 'unknown' ? (/ Did you mean "([^"]+)"\?$/.exec(one.message) ?? []) : [];
    return name === undefined ? [] : [[...parentOf(one), name]];
  });
  return found.filter(
    (one) => one.kind !== 'missing' || !suggested.some((path) => isSamePath(path, one.path)),
  );
}

/** Unknown fields that an object further in or further out lacks: the indent is wrong. */
function withoutMisplaced(found: readonly Mistake[]): Mistake[] {
  let rest = [...found];
  for (const first of found) {
    if (first.kind !== 'unknown' || !rest.includes(first)) continue;
    const place = parentOf(first);
    const lacking = rest.find((one) => one.kind === 'missing' && belongs(first, one));
    if (!lacking) continue;
    const owner = parentOf(lacking);
    const group = rest.filter((one) => one.kind === 'unknown' && isSamePath(parentOf(one), place));
    const names = group.map(nameOf);
    const message = `${list(names)} ${names.length === 1 ? 'is not a field' : 'are not fields'} of ${shown(place)}, but ${shown(owner)} lacks \`${nameOf(lacking)}\`. Correct the indentation.`;
    const isMoved = (one: Mistake): boolean =>
      group.includes(one) ||
      (one.kind === 'missing' && isSamePath(parentOf(one), owner) && names.includes(nameOf(one)));
    rest = rest.flatMap((one) =>
      one === first ? [{ ...one, kind: 'other', message }] : isMoved(one) ? [] : [one],
    );
  }
  return rest;
}

/** Fields of a monitor that may be left out, so nothing lacks them when they are in its check. A test compares the schema. */
export const OPTIONAL_MONITOR_FIELDS: readonly string[] = [
  ...['alert', 'channels', 'dependsOn', 'description', 'group', 'id', 'intervalSeconds', 'locations'],
  ...['paused', 'public', 'runbookUrl', 'sloTarget', 'tags'],
];

/** Fields of a monitor inside its check: they are indented too far. */
function withoutInsideCheck(found: readonly Mistake[], input: unknown): Mistake[] {
  const isInside = (one: Mistake): boolean => {
    const place = parentOf(one);
    const owner = valueAt(input, place.slice(0, -1));
    return (
      one.kind === 'unknown' &&
      place.at(-1) === 'check' &&
      OPTIONAL_MONITOR_FIELDS.includes(nameOf(one)) &&
      isObject(owner) &&
      !Object.hasOwn(owner, nameOf(one))
    );
  };
  let rest = [...found];
  for (const first of found) {
    if (!rest.includes(first) || !isInside(first)) continue;
    const group = rest.filter((one) => isInside(one) && isSamePath(parentOf(one), parentOf(first)));
    const [are, fields] = group.length === 1 ? ['is', 'a field'] : ['are', 'fields'];
    const message = `${list(group.map(nameOf))} ${are} not ${fields} of ${shown(parentOf(first))}, but of ${shown(parentOf(first).slice(0, -1))}. Correct the indentation.`;
    rest = rest.flatMap((one) =>
      one === first ? [{ ...one, kind: 'other', message }] : group.includes(one) ? [] : [one],
    );
  }
  return rest;
}

const belongs = (unknown: Mistake, missing: Mistake): boolean =>
  nameOf(unknown) === nameOf(missing) &&
  (isWithin(missing.path, parentOf(unknown)) || isWithin(parentOf(unknown), parentOf(missing)));

const shown = (path: FieldPath): string => (path.length === 0 ? 'the document' : `\`${writePath(path)}\``);
