// That every {{name}} in a check has its secret, and every secret its place. Pure.
import { placeholdersIn } from './secrets.ts';

/** A text of the options that may hold secrets, and where it stands. */
export interface SecretPlace {
  readonly path: readonly (string | number)[];
  readonly text: string | undefined;
}

/** `refuse` gets the path of the text that uses an unknown name, or of the secret that nothing uses. */
export function refuseLooseSecrets(
  places: readonly SecretPlace[],
  secrets: Readonly<Record<string, unknown>>,
  refuse: (path: (string | number)[], message: string) => void,
): void {
  const used = new Set<string>();
  for (const { path, text } of places) {
    for (const name of new Set(placeholdersIn(text ?? ''))) {
      used.add(name);
      if (!Object.hasOwn(secrets, name))
        refuse([...path], `There is no secret "${name}": write it in "secrets", or correct the name here.`);
    }
  }
  for (const name of Object.keys(secrets)) {
    if (!used.has(name))
      refuse(
        ['secrets', name],
        `Nothing uses this secret: write {{${name}}} where it belongs, or remove it.`,
      );
  }
}
