// Owns what the setting `signRequests` means: the key in the secrets file, its public half for the Worker, and when which of both is
// set. A target must never see a signature whose key the coordinator does not show.
import type { ProbeSigning } from './aws/context.ts';
import type { CloudflareContext } from './cloudflare/context.ts';
import type { ProofSurroundings } from './proof.ts';
import { environmentName, type SecretName } from './secrets-file.ts';
import { createSigningKey, publicKeyOf } from './signing-key.ts';
import { DeployError, type Step } from './step.ts';

export const SIGNING_END_STEP = 'aws/end-of-signing';

/** An invocation lasts 30 s at most, and its signatures are valid for 65 s. */
const IN_FLIGHT_MS = 100_000;
const TIMEOUT_MS = 10_000;
const DIRECTORY = '/.well-known/http-message-signatures-directory';

/** As the plan shows a key that the same run makes. The Worker is deployed after that. */
const TO_BE_MADE = 'a new key';

/** `signingKey` signs. `signingKeyOther` is shown beside it, during a rotation: the key that comes next, or the one before. */
const SHOWN = ['signingKey', 'signingKeyOther'] as const satisfies readonly SecretName[];

type Context = Pick<CloudflareContext, 'settings' | 'names' | 'secrets' | 'worker'>;

/** False also if Cloudflare does not answer: the step of the Worker says so. */
export const announcesKeys = (context: Context): Promise<boolean> =>
  announced(context).then(
    (keys) => keys !== '',
    () => false,
  );

const announced = async ({ worker }: Context): Promise<string> =>
  (await worker())?.variables.PROBE_PUBLIC_KEYS ?? '';

/** Throws a {@link DeployError} rather than replace a key that is in use. */
export async function isSigningKeyMissing(context: Context): Promise<boolean> {
  const { settings, secrets, names } = context;
  if (!settings.signRequests) return false;
  if (secrets.get('signingKey') !== undefined) {
    // Says what is wrong with a key.
    shownKeys(context);
    return false;
  }
  if ((await announced(context)) === '') return true;
  throw new DeployError(
    `The signing key of this mesh is in use, and ${secrets.path} does not have it.`,
    `Bring back the file, or set ${environmentName('signingKey')}: the environment of ${names.probe} in ${settings.regions[0]} has it. Targets would refuse a new key for up to an hour.`,
  );
}

export const makeSigningKey = ({ secrets }: Context): Promise<void> =>
  secrets.change({ signingKey: createSigningKey().privateKey });

/** `PROBE_PUBLIC_KEYS` of the Worker. `isWhole`: this run deploys all probes. Otherwise some may still sign. */
export async function publicKeysFor(context: Context, isWhole: boolean): Promise<string> {
  const { settings, secrets } = context;
  if (!settings.signRequests) return isWhole ? '' : announced(context);
  if (secrets.get('signingKey') === undefined) return (await announced(context)) || TO_BE_MADE;
  return shownKeys(context).join(',');
}

/** In an order that an exchange of both keys does not change. */
const shownKeys = ({ secrets }: Context): string[] =>
  SHOWN.flatMap((name) => {
    const value = secrets.get(name);
    return value === undefined ? [] : [publicHalf(name, value, secrets.path)];
  }).sort();

/** No message repeats the key. */
function publicHalf(name: SecretName, value: string, path: string): string {
  try {
    return publicKeyOf(value);
  } catch {
    throw new DeployError(
      `${environmentName(name)}, or ${name} in ${path}, is not a signing key.`,
      'Use a private key of `node scripts/signing-key.ts`.',
    );
  }
}

export function probeSigning(
  context: Context & Pick<CloudflareContext, 'knownUrl'>,
  { fetch }: Pick<ProofSurroundings, 'fetch'>,
): ProbeSigning {
  const key = (): string | undefined => context.secrets.get('signingKey');
  return {
    variables() {
      const [privateKey, url] = [key(), context.knownUrl()];
      if (privateKey === undefined || url === null) return null;
      return { PROBEMESH_SIGNING_KEY: privateKey, PROBEMESH_SIGNATURE_AGENT: url };
    },
    async isPublished() {
      const [privateKey, url] = [key(), context.knownUrl()];
      if (privateKey === undefined || url === null) return false;
      const x = publicHalf('signingKey', privateKey, context.secrets.path);
      try {
        const response = await fetch(`${url}${DIRECTORY}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        const { keys } = (await response.json()) as { readonly keys: readonly { readonly x: string }[] };
        return keys.some((one) => one.x === x);
      } catch {
        return false;
      }
    },
  };
}

/** The probes have lost the key. The Worker shows its public half until no request that it signed is under way. */
export const endOfSigningStep = (needs: readonly string[], wait: (ms: number) => Promise<void>): Step => ({
  id: SIGNING_END_STEP,
  title: 'end of the signed requests that are under way',
  needs,
  inspect: async () => ({
    state: 'different',
    detail: `the public key is shown for ${IN_FLIGHT_MS / 1_000} s more`,
    changes: [],
  }),
  apply: () => wait(IN_FLIGHT_MS),
});
