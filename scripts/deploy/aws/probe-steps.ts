// Owns the steps of a probe in one region: log group, function, reserved concurrency, and the key with which it signs requests.
import type { Step } from '../step.ts';
import { roleArn } from './arns.ts';
import { concurrencyStep } from './concurrency-step.ts';
import { type AwsContext, SIGNING_VARIABLES } from './context.ts';
import { functionStep } from './function-step.ts';
import { logGroupStep } from './log-group-step.ts';
import { signingStep } from './signing-step.ts';

/** The coordinator cuts off an invocation earlier. */
const TIMEOUT_SECONDS = 30;

/** End of the id of the step that sets the key. */
export const SIGNING = '-signing';

export function probeSteps(context: AwsContext, region: string, needs: readonly string[]): Step[] {
  const { names, settings } = context;
  const logs = `aws/${region}/probe-logs`;
  const probe = `aws/${region}/probe`;
  return [
    logGroupStep(context, { id: logs, region, name: names.probeLogGroup }),
    functionStep(context, {
      id: probe,
      region,
      name: names.probe,
      roleArn: roleArn(context, region, names.probeRole),
      needs: [...needs, logs],
      handler: 'index.handler',
      memory: settings.memory,
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: () => ({}),
      keeps: settings.signRequests ? SIGNING_VARIABLES : [],
    }),
    concurrencyStep(context, { id: `aws/${region}/probe-concurrency`, region, needs: [probe] }),
    ...(settings.signRequests
      ? [
          signingStep(context, {
            ...{ id: `${probe}${SIGNING}`, region },
            needs: [probe, ...(context.coordinatorNeeds ?? [])],
          }),
        ]
      : []),
  ];
}
