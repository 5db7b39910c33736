// Owns the step of the probe's reserved concurrency in a region: what a quota of AWS allows, and no more.
import { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { TAG } from '../names.ts';
import { SETTINGS_FILE } from '../settings.ts';
import { DeployError, type Finding, type Step } from '../step.ts';
import { nameOf } from './aws-errors.ts';
import type { AwsContext } from './context.ts';
import { readFunction } from './function-step.ts';
import { plainErrors } from './resource-step.ts';

export function concurrencyStep(
  context: AwsContext,
  { id, region, needs }: { id: string; region: string; needs: readonly string[] },
): Step {
  const { reservedConcurrency } = context.settings;
  const FunctionName = context.names.probe;
  const lambda = context.clients.lambda(region);
  const title = `Reserved concurrency of ${FunctionName} in ${region}`;
  const shown = (count: number | null): string => (count === null ? 'none' : String(count));

  const inspect = async (): Promise<Finding> => {
    const found = await readFunction(lambda, FunctionName);
    if (found && found.Tags?.[TAG] !== context.names.tags[TAG])
      return { state: 'foreign', detail: 'the function does not have the tag of this mesh' };
    const now = found?.Concurrency?.ReservedConcurrentExecutions ?? null;
    if (now === reservedConcurrency) return { state: 'same', detail: shown(now) };
    if (now === null) return { state: 'absent', detail: `${reservedConcurrency} to reserve` };
    return {
      state: 'different',
      detail: shown(now),
      changes: [`reserved concurrency ${now} → ${shown(reservedConcurrency)}`],
    };
  };

  return plainErrors(
    { title, region },
    {
      id,
      title,
      needs,
      inspect,
      async apply() {
        const { state } = await inspect();
        if (state === 'same' || state === 'foreign') return;
        if (reservedConcurrency === null) {
          await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
          return;
        }
        try {
          await lambda.send(
            new PutFunctionConcurrencyCommand({
              FunctionName,
              ReservedConcurrentExecutions: reservedConcurrency,
            }),
          );
        } catch (error) {
          if (nameOf(error) !== 'InvalidParameterValueException') throw error;
          const minimum = /minimum value of \[(\d+)\]/.exec((error as Error).message)?.[1] ?? '100';
          throw new DeployError(
            `${title}: the account cannot reserve ${reservedConcurrency}, because ${minimum} must stay unreserved.`,
            `Remove \`reservedConcurrency\` from ${SETTINGS_FILE}, or request more "Concurrent executions" of AWS Lambda in ${region} under Service Quotas.`,
            { cause: error },
          );
        }
      },
    },
  );
}
