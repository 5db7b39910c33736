// That every {{name}} in a check has its secret, and every secret its place. Pure.
import { placeholdersIn } from './secrets.ts';

/** A text of the options that may hold secrets, and where it stands. */
export interface SecretPlace {
  readonly path: readonly (string | number)[];
  readonly text: string | undefined;
}

type Refuse = (path: (string | number)[], message: string) => void;

/** `refuse` gets the path of the text that uses an unknown name, or of the secret that nothing uses. */
export function refuseLooseSecrets(
  places: readonly SecretPlace[],
  secrets: Readonly<Record<string, unknown>>,
  refuse: Refuse,
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

/** A secret may hold what means something else in a pattern. */
export function refuseSecretIn(
  path: readonly (string | number)[],
  pattern: string | undefined,
  refuse: Refuse,
): void {
  const [name] = placeholdersIn(pattern ?? '');
  if (name === undefined) return;
  refuse(
    [...path],
    `A pattern cannot hold the secret {{${name}}}: expect a text with it, or match what is around it.`,
  );
}
