// Whether a check's placeholders and its secrets belong together: nothing asked for in vain, nothing kept in vain. Pure.
import { placeholdersIn } from './secrets.ts';

export interface SecretText {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Those of an object's fields that hold a text, `at` being the path of the object. */
export const textFields = <K extends string>(
  fields: readonly K[],
  holder: Readonly<Partial<Record<K, unknown>>>,
  at: readonly (string | number)[] = [],
): SecretText[] =>
  fields.flatMap((field) => {
    const text = holder[field];
    return typeof text === 'string' ? [{ path: [...at, field], text }] : [];
  });

/** Refuses a placeholder without a secret, and a secret that no text uses. */
export function validateSecretUse(
  texts: readonly SecretText[],
  secrets: Readonly<Record<string, string>>,
  refuse: (path: (string | number)[], message: string) => void,
): void {
  const used = new Set<string>();
  for (const { path, text } of texts) {
    for (const name of placeholdersIn(text)) {
      used.add(name);
      if (!Object.hasOwn(secrets, name))
        refuse([...path], `There is no secret "${name}": write it into "secrets", or take {{${name}}} out.`);
    }
  }
  for (const name of Object.keys(secrets)) {
    if (!used.has(name))
      refuse(
        ['secrets', name],
        `Nothing uses this secret: write {{${name}}} where it belongs, or leave it out.`,
      );
  }
}

/** A secret may hold what means something else in a pattern. */
export function rejectSecretInPattern(
  { path, text }: SecretText,
  refuse: (path: (string | number)[], message: string) => void,
): void {
  const [name] = placeholdersIn(text);
  if (name === undefined) return;
  refuse(
    [...path],
    `A pattern cannot hold the secret {{${name}}}: expect a text with it, or match what is around it.`,
  );
}
