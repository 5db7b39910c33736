// Owns the step that makes new secrets and writes them to the secrets file, before any other step needs them.
import type { CloudflareContext } from './cloudflare/context.ts';
import { generateSecrets, missingSecrets } from './cloudflare/worker-secrets.ts';
import { environmentName, SECRETS_FILE } from './secrets-file.ts';
import { isSigningKeyMissing, makeSigningKey } from './signing.ts';
import { DeployError, type Step } from './step.ts';

export const FILE_STEP = 'secrets-file';

export function secretsFileStep(
  context: CloudflareContext,
  env: Readonly<Record<string, string | undefined>>,
): Step {
  const { secrets } = context;
  const allMissing = async () => [
    ...(await missingSecrets(context)),
    ...((await isSigningKeyMissing(context)) ? (['signingKey'] as const) : []),
  ];
  return {
    id: FILE_STEP,
    title: `new secrets in ${SECRETS_FILE}`,
    needs: [],
    async inspect() {
      const missing = await allMissing();
      const names = missing.join(', ');
      if (missing.length === 0) return { state: 'same', detail: secrets.exists ? 'complete' : 'not needed' };
      return secrets.exists
        ? { state: 'different', detail: 'will be generated', changes: missing }
        : { state: 'absent', detail: `${names} will be generated` };
    },
    async apply() {
      if (env.CI && !secrets.exists)
        throw new DeployError(
          `${SECRETS_FILE} would be made on a machine that CI throws away, and the new keys with it.`,
          `Deploy once from your machine, or set ${(await allMissing()).map(environmentName).join(', ')}.`,
        );
      await generateSecrets(context);
      if (await isSigningKeyMissing(context)) await makeSigningKey(context);
    },
  };
}
