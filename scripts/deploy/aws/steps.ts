// Owns the list of all AWS steps of a mesh, and what is left of earlier settings. Does not run a step.
// The settings are always whole: who deploys some regions only picks steps by their ids, `aws/<region>/…`.
import type { Step } from '../step.ts';
import { accessKeyStep } from './access-key-step.ts';
import type { AwsContext } from './context.ts';
import { coordinatorStep } from './coordinator-step.ts';
import { pageBucketStep } from './page-bucket-step.ts';
import { lambdaTrust, probePolicy } from './policies/probe.ts';
import { probeSteps } from './probe-steps.ts';
import { roleStep } from './role-step.ts';
import { watchdogSteps } from './watchdog-steps.ts';

/** Ids that steps of others may need. */
export const PROBE_ROLE = 'aws/probe-role';
export const COORDINATOR = 'aws/coordinator';
export const ACCESS_KEY = 'aws/access-key';
export const PAGE_BUCKET = 'aws/page-bucket';

export function awsSteps(context: AwsContext): Step[] {
  const { regions, watchdog } = context.settings;
  return [
    roleStep(context, {
      id: PROBE_ROLE,
      name: context.names.probeRole,
      description: 'The probe writes its own log.',
      trust: lambdaTrust,
      policy: probePolicy(context, regions),
    }),
    ...regions.flatMap((region) => probeSteps(context, region, [PROBE_ROLE])),
    coordinatorStep(context, COORDINATOR),
    accessKeyStep(context, { id: ACCESS_KEY, needs: [COORDINATOR] }),
    ...(watchdog?.pageCopy
      ? [pageBucketStep(context, { id: PAGE_BUCKET, region: watchdog.regions[0]! })]
      : []),
    ...(watchdog?.regions ?? []).flatMap((region) =>
      watchdogSteps(context, region, watchdog?.pageCopy ? [PAGE_BUCKET] : []),
    ),
  ];
}
