// Owns the step that gives the probe of a region its signing key, after the coordinator shows targets the public half. Does not make
// the key. Who may read the function's configuration can read it.
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { TAG } from '../names.ts';
import { DeployError, type Finding, type Step } from '../step.ts';
import { type AwsContext, SIGNING_VARIABLES } from './context.ts';
import { changePatiently, readFunction, untilReady } from './function-step.ts';
import { plainErrors } from './resource-step.ts';
import { until } from './waiting.ts';

const [KEY, AGENT] = SIGNING_VARIABLES;
/** A new domain needs minutes for its certificate. */
const PUBLISHED = { attempts: 90, delayMs: 2_000 };
/** Cloudflare needs some seconds to spread a new version: until then a target can get the directory of the old one. */
const SPREAD_MS = 30_000;

export function signingStep(
  context: AwsContext,
  { id, region, needs }: { id: string; region: string; needs: readonly string[] },
): Step {
  const { names, signing, wait } = context;
  const lambda = context.clients.lambda(region);
  const FunctionName = names.probe;
  const title = `Signing key of ${FunctionName} in ${region}`;

  const read = async () => {
    const found = await readFunction(lambda, FunctionName);
    return {
      isForeign: found !== null && found.Tags?.[TAG] !== names.tags[TAG],
      now: found?.Configuration?.Environment?.Variables ?? {},
    };
  };

  return plainErrors(
    { title, region },
    {
      id,
      title,
      needs,
      async inspect(): Promise<Finding> {
        const { isForeign, now } = await read();
        if (isForeign) return { state: 'foreign', detail: 'the function does not have the tag of this mesh' };
        if (now[KEY] === undefined) return { state: 'absent', detail: 'will be set' };
        const wanted = signing.variables();
        const changes = [
          // A plan is printed, and the key is a secret.
          ...(now[KEY] === wanted?.[KEY] ? [] : [`${KEY} → another key`]),
          ...(now[AGENT] === wanted?.[AGENT]
            ? []
            : [`${AGENT} ${now[AGENT] ?? 'none'} → ${wanted?.[AGENT] ?? 'the address of the Worker'}`]),
        ];
        return changes.length === 0
          ? { state: 'same', detail: 'set' }
          : { state: 'different', detail: 'will be replaced', changes };
      },
      async apply() {
        const wanted = signing.variables();
        if (wanted === null)
          throw new DeployError(
            `${title}: the key or the address of the coordinator is not known.`,
            'Run `npm run deploy` for all regions.',
          );
        await until(
          wait,
          PUBLISHED,
          () => [
            `${title} was not set: ${wanted[AGENT]} does not show its public half, so targets would refuse what it signs.`,
            'See that /healthz is well, then run `npm run deploy` again.',
          ],
          async () => (await signing.isPublished()) || undefined,
        );
        await wait(SPREAD_MS);
        const { now } = await read();
        const Variables = { ...now, ...wanted };
        await changePatiently(context, () =>
          lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } })),
        );
        await untilReady(context, region, FunctionName);
      },
    },
  );
}
