// Owns the emergency channel of the settings with the values of its environment variables. Does not send anything.
import { SETTINGS_FILE, type Settings } from './settings.ts';
import { DeployError } from './step.ts';

type Emergency = Readonly<Record<string, string>>;

/** A field that is `$NAME` as a whole gets the value of the variable. Null: there is no such channel. Throws a {@link DeployError}. */
export function emergencyOf(
  { watchdog }: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Emergency | null {
  if (!watchdog?.emergency) return null;
  return Object.fromEntries(
    Object.entries(watchdog.emergency as Emergency).map(([field, value]) => {
      const [, name] = /^\$([A-Za-z_]\w*)$/.exec(value) ?? [];
      if (name === undefined) return [field, value];
      const found = env[name];
      if (!found)
        throw new DeployError(
          `${SETTINGS_FILE}: watchdog.emergency.${field} is $${name}, and that environment variable is not set.`,
          `Set ${name}.`,
        );
      return [field, found];
    }),
  );
}
