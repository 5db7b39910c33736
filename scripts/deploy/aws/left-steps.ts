// Owns finding what earlier settings of the mesh left in AWS: regions that are no longer listed, and a bucket without copies.
// A probe that is left costs nothing until it is invoked, so `deploy` lists it and `destroy` removes it. A watchdog that is
// left would still alert, so `deploy` removes it.
import type { Finding, Step } from '../step.ts';
import { isNotEnabled, toDeployError } from './aws-errors.ts';
import type { AwsContext } from './context.ts';
import { readFunction } from './function-step.ts';
import { findLogGroup } from './log-group-step.ts';
import { pageBucketStep } from './page-bucket-step.ts';
import { probeSteps } from './probe-steps.ts';
import { regionsBeside } from './regions.ts';
import { removeSteps } from './remove-steps.ts';
import { PAGE_BUCKET } from './steps.ts';
import { watchdogSteps } from './watchdog-steps.ts';

export interface LeftSteps {
  /** Only to look and to remove: all of a region and kind of which something exists, and the bucket. */
  readonly steps: readonly Step[];
  /** Part of a deployment: each removes the watchdog of a region that is no longer listed. */
  readonly retire: readonly Step[];
  /** Regions that could not be asked, with the reason. A region that is not enabled has nothing. */
  readonly unknown: readonly { readonly region: string; readonly error: unknown }[];
}

/** Asks every region of the partition: four calls each, side by side. */
export async function leftSteps(context: AwsContext): Promise<LeftSteps> {
  const { watchdog, regions } = context.settings;
  const unknown: { region: string; error: unknown }[] = [];
  const retire: Step[] = [];
  const schedules = (watchdog?.regions ?? []).map((region) => `aws/${region}/schedule`);
  const found = await Promise.all(
    regionsBeside(regions[0]!).map(async (region): Promise<Step[]> => {
      const asksProbe = !regions.includes(region);
      const asksWatchdog = !watchdog?.regions.includes(region);
      if (!asksProbe && !asksWatchdog) return [];
      try {
        const has = await lookInto(context, region);
        const watchdogs = asksWatchdog && has.watchdog ? watchdogSteps(context, region, []) : [];
        if (watchdogs.length > 0) retire.push(retireStep(region, watchdogs, schedules));
        return [...(asksProbe && has.probe ? probeSteps(context, region, []) : []), ...watchdogs];
      } catch (error) {
        const translated = toDeployError(error, { title: 'AWS', region });
        if (!isNotEnabled(error)) unknown.push({ region, error: translated });
        return [];
      }
    }),
  );
  const bucket = watchdog?.pageCopy
    ? []
    : [
        pageBucketStep(context, {
          id: PAGE_BUCKET,
          region: watchdog?.regions[0] ?? regions[0]!,
          isLeft: true,
        }),
      ];
  return { steps: [...found.flat(), ...bucket], retire, unknown };
}

/** The log group is made first and deleted last, so it is there as long as anything is. A function is there if a person deleted it. */
async function lookInto(
  { clients, names }: AwsContext,
  region: string,
): Promise<{ probe: boolean; watchdog: boolean }> {
  const lambda = clients.lambda(region);
  const logs = clients.logs(region);
  const [probe, watchdog, probeLogs, watchdogLogs] = await Promise.all([
    readFunction(lambda, names.probe),
    readFunction(lambda, names.watchdog),
    findLogGroup(logs, names.probeLogGroup),
    findLogGroup(logs, names.watchdogLogGroup),
  ]);
  return {
    probe: probe !== null || probeLogs !== undefined,
    watchdog: watchdog !== null || watchdogLogs !== undefined,
  };
}

/** The new watchdogs work before an old one goes. */
function retireStep(region: string, steps: readonly Step[], needs: readonly string[]): Step {
  return {
    id: `aws/${region}/watchdog-left`,
    title: `Watchdog in ${region}, which the settings no longer list`,
    needs,
    async inspect(): Promise<Finding> {
      const found = await Promise.all(steps.map((step) => step.inspect()));
      const ours = steps.filter((_step, index) => ['same', 'different'].includes(found[index]!.state));
      if (ours.length === 0) return { state: 'same', detail: 'nothing of this mesh is left' };
      const changes = ours.map(({ title }) => `${title} → deleted`);
      return { state: 'different', detail: 'left by earlier settings', changes };
    },
    async apply() {
      for (const { result } of await removeSteps(steps)) if (typeof result === 'object') throw result.error;
    },
  };
}
