// Owns the steps of a probe in one region: log group, function, reserved concurrency.
import type { Step } from '../step.ts';
import { roleArn } from './arns.ts';
import { concurrencyStep } from './concurrency-step.ts';
import type { AwsContext } from './context.ts';
import { functionStep } from './function-step.ts';
import { logGroupStep } from './log-group-step.ts';

/** The coordinator cuts off an invocation earlier. */
const TIMEOUT_SECONDS = 30;

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
    }),
    concurrencyStep(context, { id: `aws/${region}/probe-concurrency`, region, needs: [probe] }),
  ];
}
