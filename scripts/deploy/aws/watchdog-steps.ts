// Owns the steps of the watchdog in one region, outside Cloudflare: roles, parameters, function and schedule.
import type { Step } from '../step.ts';
import { roleArn } from './arns.ts';
import type { AwsContext } from './context.ts';
import { functionStep } from './function-step.ts';
import { logGroupStep } from './log-group-step.ts';
import { secretsStep, stateStep } from './parameter-steps.ts';
import { lambdaTrust } from './policies/probe.ts';
import { schedulePolicy, scheduleTrust, watchdogPolicy } from './policies/watchdog.ts';
import { retriesStep } from './retries-step.ts';
import { roleStep } from './role-step.ts';
import { scheduleGroupStep, scheduleStep } from './schedule-steps.ts';

const MEMORY_MB = 256;
/** The next one starts a minute later. */
const TIMEOUT_SECONDS = 55;

/** Also of a region that the settings no longer have: then only to delete it. */
export function watchdogSteps(context: AwsContext, region: string, bucketNeeds: readonly string[]): Step[] {
  const { names, settings, accountId } = context;
  const regions = settings.watchdog?.regions ?? [region];
  const pageCopy = settings.watchdog?.pageCopy ?? false;
  const first = regions[0]!;
  const isSecond = region !== first;
  const peer = regions.find((one) => one !== region) ?? null;
  const id = (what: string): string => `aws/${region}/${what}`;
  const needs = [id('watchdog-logs')];
  return [
    logGroupStep(context, { id: id('watchdog-logs'), region, name: names.watchdogLogGroup }),
    roleStep(context, {
      id: id('watchdog-role'),
      name: names.watchdogRole(region),
      description: 'The watchdog reads its parameters, remembers its state and writes pages.',
      needs,
      trust: lambdaTrust,
      policy: watchdogPolicy(context, { region, peer, pageCopy }),
    }),
    stateStep(context, { id: id('watchdog-state'), needs, region }),
    secretsStep(context, { id: id('watchdog-secrets'), needs, region }),
    functionStep(context, {
      id: id('watchdog'),
      region,
      name: names.watchdog,
      roleArn: roleArn(context, region, names.watchdogRole(region)),
      needs: [
        ...['watchdog-role', 'watchdog-logs', 'watchdog-state', 'watchdog-secrets'].map(id),
        ...bucketNeeds,
        ...(context.coordinatorNeeds ?? []),
      ],
      handler: 'watchdog.handler',
      memory: MEMORY_MB,
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: () => {
        const url = context.coordinatorUrl();
        return url === null
          ? null
          : {
              PROBEMESH_COORDINATOR_URL: url,
              PROBEMESH_STATE_PARAMETER: names.watchdogState,
              PROBEMESH_SECRETS_PARAMETER: names.watchdogSecrets,
              PROBEMESH_PEER_REGION: peer ?? '',
              PROBEMESH_IS_SECOND: String(isSecond),
              PROBEMESH_PAGE_BUCKET: pageCopy ? names.bucket(accountId) : '',
              PROBEMESH_PAGE_BUCKET_REGION: pageCopy ? first : '',
            };
      },
    }),
    retriesStep(context, { id: id('watchdog-retries'), region, needs: [id('watchdog')] }),
    roleStep(context, {
      id: id('schedule-role'),
      name: names.scheduleRole(region),
      description: 'The schedule invokes the watchdog.',
      needs,
      trust: scheduleTrust(context, region),
      policy: schedulePolicy(context, region),
    }),
    scheduleGroupStep(context, { id: id('schedule-group'), needs, region }),
    scheduleStep(context, {
      id: id('schedule'),
      needs: ['watchdog-retries', 'schedule-role', 'schedule-group'].map(id),
      region,
    }),
  ];
}
