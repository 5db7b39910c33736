// Owns finding what earlier settings of the mesh left in AWS: regions that are no longer listed, and a bucket without copies.
// `deploy` lists it and leaves it alone: only `destroy` removes it.
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Step } from '../step.ts';
import { isNotEnabled, toDeployError } from './aws-errors.ts';
import type { AwsContext } from './context.ts';
import { readFunction } from './function-step.ts';
import { pageBucketStep } from './page-bucket-step.ts';
import { probeSteps } from './probe-steps.ts';
import { regionsBeside } from './regions.ts';
import { PAGE_BUCKET } from './steps.ts';
import { watchdogSteps } from './watchdog-steps.ts';

export interface LeftSteps {
  /** Only to look and to remove. Those of one kind and region that exist in part or whole. */
  readonly steps: readonly Step[];
  /** Regions that could not be asked, with the reason. A region that is not enabled has nothing. */
  readonly unknown: readonly { readonly region: string; readonly error: unknown }[];
}

/** Asks every region of the partition: three calls each, side by side. */
export async function leftSteps(context: AwsContext): Promise<LeftSteps> {
  const { watchdog, regions } = context.settings;
  const unknown: { region: string; error: unknown }[] = [];
  const found = await Promise.all(
    regionsBeside(regions[0]!).map(async (region): Promise<Step[]> => {
      const asksProbe = !regions.includes(region);
      const asksWatchdog = !watchdog?.regions.includes(region);
      if (!asksProbe && !asksWatchdog) return [];
      try {
        const has = await lookInto(context, region);
        return [
          ...(asksProbe && has.probe ? probeSteps(context, region, []) : []),
          ...(asksWatchdog && has.watchdog ? watchdogSteps(context, region, []) : []),
        ];
      } catch (error) {
        const translated = toDeployError(error, { title: 'AWS', region });
        if (!isNotEnabled(error)) unknown.push({ region, error: translated });
        return [];
      }
    }),
  );
  const bucket = watchdog?.pageCopy
    ? []
    : [pageBucketStep(context, { id: PAGE_BUCKET, region: watchdog?.regions[0] ?? regions[0]! })];
  return { steps: [...found.flat(), ...bucket], unknown };
}

/** The log group is made first and deleted last, so it is there as long as anything is. A function is there if a person deleted it. */
async function lookInto(
  { clients, names }: AwsContext,
  region: string,
): Promise<{ probe: boolean; watchdog: boolean }> {
  const lambda = clients.lambda(region);
  const prefix = { logGroupNamePrefix: names.probeLogGroup.slice(0, -'probe'.length) };
  const [{ logGroups = [] }, probe, dog] = await Promise.all([
    clients.logs(region).send(new DescribeLogGroupsCommand(prefix)),
    readFunction(lambda, names.probe),
    readFunction(lambda, names.watchdog),
  ]);
  const hasGroup = (name: string): boolean => logGroups.some(({ logGroupName }) => logGroupName === name);
  return {
    probe: probe !== null || hasGroup(names.probeLogGroup),
    watchdog: dog !== null || hasGroup(names.watchdogLogGroup),
  };
}
