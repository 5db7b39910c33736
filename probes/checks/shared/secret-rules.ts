// Owns the rules between a check's placeholders and its secrets: every placeholder has a secret, every secret a use. Pure.
import { placeholdersIn } from './secrets.ts';

export interface SecretText {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** The given fields of an object, if they hold text. `at` is the path of the object. */
export const textFields = <K extends string>(
  fields: readonly K[],
  holder: Readonly<Partial<Record<K, unknown>>>,
  at: readonly (string | number)[] = [],
): SecretText[] =>
  fields.flatMap((field) => {
    const text = holder[field];
    return typeof text === 'string' ? [{ path: [...at, field], text }] : [];
  });

/** Reports a placeholder without a secret, and a secret that no text uses. */
export function validateSecretUse(
  texts: readonly SecretText[],
  secrets: Readonly<Record<string, string>>,
  addIssue: (path: (string | number)[], message: string) => void,
): void {
  const used = new Set<string>();
  for (const { path, text } of texts) {
    for (const name of placeholdersIn(text)) {
      used.add(name);
      if (!Object.hasOwn(secrets, name))
        addIssue(
          [...path],
          `The secret "${name}" does not exist. Add it to \`secrets\`, or remove {{${name}}}.`,
        );
    }
  }
  for (const name of Object.keys(secrets)) {
    if (!used.has(name))
      addIssue(
        ['secrets', name],
        `The check does not use this secret. Insert {{${name}}} where it belongs, or remove the secret.`,
      );
  }
}

/** A secret may contain characters that have another meaning in a pattern. */
export function rejectSecretInPattern(
  { path, text }: SecretText,
  addIssue: (path: (string | number)[], message: string) => void,
): void {
  const [name] = placeholdersIn(text);
  if (name === undefined) return;
  addIssue(
    [...path],
    `A pattern cannot contain the secret {{${name}}}. Expect a text with it, or match the text around it.`,
  );
}
