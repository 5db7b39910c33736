// Owns the step that keeps Lambda from repeating a failed run of the watchdog: a minute later its schedule starts the next one.
import {
  GetFunctionEventInvokeConfigCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { TAG } from '../names.ts';
import type { Finding, Step } from '../step.ts';
import type { AwsContext } from './context.ts';
import { changePatiently, readFunction } from './function-step.ts';
import { plainErrors } from './resource-step.ts';
import { orNull } from './waiting.ts';

/** Lambda repeats a failed asynchronous run twice by default, and keeps what it cannot run for six hours. */
const LIMITS = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };

/** Lambda deletes the setting with the function. */
export function retriesStep(
  context: AwsContext,
  { id, region, needs }: { id: string; region: string; needs: readonly string[] },
): Step {
  const { clients, names } = context;
  const lambda = clients.lambda(region);
  const FunctionName = names.watchdog;
  const title = `Retries of ${FunctionName} in ${region}`;

  const inspect = async (): Promise<Finding> => {
    const [fn, found] = await Promise.all([
      readFunction(lambda, FunctionName),
      orNull(['ResourceNotFoundException'], () =>
        lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })),
      ),
    ]);
    if (fn && fn.Tags?.[TAG] !== names.tags[TAG])
      return { state: 'foreign', detail: 'the function does not have the tag of this mesh' };
    if (found === null) return { state: 'absent', detail: 'will be turned off' };
    const changes = (Object.keys(LIMITS) as (keyof typeof LIMITS)[])
      .filter((name) => found[name] !== LIMITS[name])
      .map((name) => `${name} ${found[name] ?? 'none'} → ${LIMITS[name]}`);
    return changes.length === 0
      ? { state: 'same', detail: 'off' }
      : { state: 'different', detail: 'will be turned off', changes };
  };

  return plainErrors(
    { title, region },
    {
      ...{ id, title, needs, inspect },
      async apply() {
        await changePatiently(context, () =>
          lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...LIMITS })),
        );
      },
    },
  );
}
