// Whether a check's placeholders and its secrets belong together: nothing asked for in vain, nothing kept in vain. Pure.
import { placeholdersIn } from './secrets.ts';

export interface SecretText {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Refuses a placeholder without a secret, and a secret that no text uses. */
export function refuseSecrets(
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
