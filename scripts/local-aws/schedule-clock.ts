// Owns firing the schedules of the local EventBridge Scheduler: with the role of each, as often as its expression says.
import { type Account, nameInArn, type RegionState, regionOf, type Schedule } from './account.ts';
import { decide } from './authorize.ts';
import type { FunctionRuns } from './function-runs.ts';
import { assumed, newSession } from './principals.ts';

export interface FiredSchedule {
  readonly region: string;
  /** `group/name` */
  readonly schedule: string;
  /** The payload of the function, or what kept it from running. */
  readonly result:
    | { readonly ok: true; readonly payload: string }
    | { readonly ok: false; readonly error: string };
}

interface Options {
  readonly account: Account;
  readonly runs: FunctionRuns;
  readonly enforcePolicies: boolean;
  readonly now: () => number;
}

/** Each enabled schedule once, whatever its expression says. Without a region, in all. */
export async function fireSchedules(options: Options, regionName?: string): Promise<FiredSchedule[]> {
  const regions = regionName === undefined ? [...options.account.regions.keys()] : [regionName];
  const fired = regions.flatMap((region) =>
    enabled(regionOf(options.account, region)).map((schedule) => fire(options, region, schedule)),
  );
  return Promise.all(fired);
}

/** Fires what is due since it last ran, until `stop` is called. Only expressions of the form `rate(…)`. */
export function startScheduleClock(options: Options, log: (line: string) => void): { stop(): Promise<void> } {
  const running = new Set<Promise<unknown>>();
  const timer = setInterval(() => {
    for (const [name, region] of options.account.regions) {
      for (const schedule of enabled(region)) {
        const everyMs = rateMs(schedule.settings.ScheduleExpression);
        if (everyMs === null || options.now() < (schedule.lastFiredAt ?? schedule.createdAt) + everyMs)
          continue;
        const run = fire(options, name, schedule).then(({ result }) => {
          if (!result.ok) log(`${name}: schedule ${schedule.name}: ${result.error}`);
        });
        running.add(run);
        void run.finally(() => running.delete(run));
      }
    }
  }, 1_000);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.allSettled(running);
    },
  };
}

const enabled = (region: RegionState): Schedule[] =>
  [...region.schedules.values()].filter(({ settings }) => settings.State === 'ENABLED');

async function fire(options: Options, region: string, schedule: Schedule): Promise<FiredSchedule> {
  const { account, runs, enforcePolicies, now } = options;
  schedule.lastFiredAt = now();
  const name = `${schedule.group}/${schedule.name}`;
  const fail = (error: string): FiredSchedule => ({ region, schedule: name, result: { ok: false, error } });
  const { Arn, RoleArn, Input } = schedule.settings.Target;
  const role = account.roles.get(nameInArn(RoleArn));
  const [, , , targetRegion = '', , , functionName = ''] = Arn.split(':');
  const fn = account.regions.get(targetRegion)?.functions.get(functionName);
  if (!role) return fail(`The role ${RoleArn} does not exist.`);
  if (!fn) return fail(`The function ${Arn} does not exist.`);
  if (enforcePolicies) {
    const principal = assumed(account, role, newSession(role, 'scheduler'));
    const permission = { action: 'lambda:InvokeFunction', resource: Arn };
    const { isAllowed } = await decide(account, { principal, permission, region: targetRegion }, now());
    if (!isAllowed)
      return fail(`${principal.arn} is not authorized to perform: lambda:InvokeFunction on resource: ${Arn}`);
  }
  try {
    const { payload, functionError } = await runs.invokeLater(targetRegion, fn, eventOf(schedule, Input));
    if (functionError) return fail(payload);
    return { region, schedule: name, result: { ok: true, payload } };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function eventOf({ arn, lastFiredAt }: Schedule, input: string | undefined): unknown {
  if (input === undefined) return {};
  const time = new Date(lastFiredAt ?? 0).toISOString().replace(/\.\d+Z$/, 'Z');
  const text = input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rateMs(expression: string): number | null {
  const { count, unit } = /^rate\((?<count>\d+) (?<unit>minute|hour|day)s?\)$/.exec(expression)?.groups ?? {};
  return count && unit ? Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] : null;
}
