// Owns the values that a configuration file takes from the environment: `${NAME}` in any text, and `env:NAME` as a whole
// secret. Only files that this machine reads have them; the API never expands them. No value is written into a message.
import { fieldError } from '../../src/http/api/field-errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expanded {
  readonly document: unknown;
  /** One for each variable that is not set, at the path of its text. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** The values that were put in, with their names. */
  readonly values: ReadonlyMap<string, string>;
}

/** `$${NAME}` stands for the text `${NAME}`. A `$` without a name in braces, as in `$.status`, is text. */
const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const SECRET_REFERENCE = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;

type Path = readonly (string | number)[];

/** The value is one variable and nothing else. */
export const isWholeReference = (value: unknown): boolean =>
  typeof value === 'string' && /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(value);

export function expandVariables(document: unknown, environment: Environment): Expanded {
  const errors: { path: string; message: string }[] = [];
  const values = new Map<string, string>();
  const resolve = (name: string, path: Path): string => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined) {
      const message = `The environment variable ${name} is not set. Set it, or write $\${${name}} for the text itself.`;
      errors.push({ path: fieldError(path, message).path, message });
      return '';
    }
    if (value !== '') values.set(value, name);
    return value;
  };
  const expand = (text: string, path: Path): string => {
    const [, secret] = isSecretPlace(path) ? (SECRET_REFERENCE.exec(text) ?? []) : [];
    if (secret !== undefined) return resolve(secret, path);
    return text.replace(REFERENCE, (reference, mark: string, name: string) =>
      mark === '' ? resolve(name, path) : reference.slice(1),
    );
  };
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return expand(value, path);
    if (Array.isArray(value)) return value.map((one, index) => walk(one, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, [...path, key])]));
  };
  return { document: walk(document, []), errors, values };
}

/** `check.secrets` of a monitor, and the config of a channel. Elsewhere, "env:" may begin a text that is meant. */
function isSecretPlace(path: Path): boolean {
  const [list, , field, name] = path;
  if (list === 'monitors') return field === 'check' && name === 'secrets' && path.length === 5;
  return list === 'channels' && field === 'config' && path.length === 4;
}
