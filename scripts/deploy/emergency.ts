// Owns the emergency channel of the settings with the values of its environment variables, and the secrets of the watchdog as its
// parameter has them. Does not send anything.
import { type Emergency, emergencySchema, type WatchdogSecrets } from '../../src/watchdog/secrets.ts';
import { SETTINGS_FILE, type Settings } from './settings.ts';
import { DeployError } from './step.ts';

/**
 * A field that is `$NAME` as a whole gets the value of the variable. Null: there is no such channel. Throws a {@link DeployError}
 * for a channel that the watchdog could not send to.
 */
export function emergencyOf(
  { watchdog }: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Emergency | null {
  if (!watchdog?.emergency) return null;
  const written = watchdog.emergency as Readonly<Record<string, string>>;
  const values = Object.entries(written).map(([field, value]) => {
    const name = variableOf(value);
    if (name === undefined) return [field, value];
    const found = env[name];
    if (!found)
      throw new DeployError(
        `${SETTINGS_FILE}: watchdog.emergency.${field} is $${name}, and that environment variable is not set.`,
        `Set ${name}.`,
      );
    return [field, found];
  });
  const parsed = emergencySchema.safeParse(Object.fromEntries(values));
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues as [(typeof parsed.error.issues)[number]];
  const field = path.join('.');
  const name = variableOf(written[field] ?? '');
  throw new DeployError(
    `${SETTINGS_FILE}: watchdog.emergency.${field} is not valid. ${message}`,
    name === undefined ? 'Correct it in the settings.' : `Correct the environment variable ${name}.`,
  );
}

const variableOf = (value: string): string | undefined => /^\$([A-Za-z_]\w*)$/.exec(value)?.[1];

/** The value of the parameter that the watchdog reads. */
export const watchdogSecretsText = (secrets: WatchdogSecrets): string => JSON.stringify(secrets);
