// Owns the steps of the schedule that invokes a watchdog every minute, and of its group, which has the tag.
import { isDeepStrictEqual } from 'node:util';
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  GetScheduleGroupCommand,
  ListTagsForResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Step } from '../step.ts';
import { functionArn, roleArn, scheduleGroupArn } from './arns.ts';
import { nameOf } from './aws-errors.ts';
import type { AwsContext } from './context.ts';
import { resourceStep, tagList, tagRecord } from './resource-step.ts';
import { orNull, repeatWhile } from './waiting.ts';

interface Place {
  readonly id: string;
  readonly needs: readonly string[];
  readonly region: string;
}

const NOT_FOUND = ['ResourceNotFoundException'];
const RATE = 'rate(1 minute)';
/** A new role takes seconds until the scheduler may take it on. */
const ROLE = { attempts: 45, delayMs: 2_000 };

const readTags = async (context: AwsContext, region: string): Promise<Record<string, string> | null> => {
  const ResourceArn = scheduleGroupArn(context, region);
  const found = await orNull(NOT_FOUND, () =>
    context.clients.scheduler(region).send(new ListTagsForResourceCommand({ ResourceArn })),
  );
  return found && tagRecord(found.Tags);
};

export function scheduleGroupStep(context: AwsContext, { id, needs, region }: Place): Step {
  const scheduler = context.clients.scheduler(region);
  const Name = context.names.scheduleGroup;
  return resourceStep<Record<string, string>>(context, {
    id,
    title: `Schedule group ${Name} in ${region}`,
    needs,
    region,
    async read() {
      const group = await orNull(NOT_FOUND, () => scheduler.send(new GetScheduleGroupCommand({ Name })));
      // One that AWS deletes is gone: making it again waits until its name is free.
      return group && group.State !== 'DELETING' ? readTags(context, region) : null;
    },
    tagsOf: (tags) => tags,
    differences: () => [],
    async create() {
      await scheduler.send(new CreateScheduleGroupCommand({ Name, Tags: tagList(context.names.tags) }));
    },
    async update() {},
    async delete() {
      await scheduler.send(new DeleteScheduleGroupCommand({ Name }));
    },
  });
}

interface FoundSchedule {
  readonly schedule: GetScheduleCommandOutput;
  readonly tags: Readonly<Record<string, string>>;
}

export function scheduleStep(context: AwsContext, { id, needs, region }: Place): Step {
  const { names } = context;
  const scheduler = context.clients.scheduler(region);
  const named = { Name: names.schedule, GroupName: names.scheduleGroup };
  const target = {
    Arn: functionArn(context, region, names.watchdog),
    RoleArn: roleArn(context, region, names.scheduleRole(region)),
    // A minute later there is the next one.
    RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
  };
  const wanted = {
    ...named,
    ScheduleExpression: RATE,
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    State: 'ENABLED' as const,
    Description: 'Invokes the watchdog.',
    Target: target,
  };
  const isRoleNotReady = (error: unknown): boolean =>
    nameOf(error) === 'ValidationException' && /assume the role/i.test((error as Error).message);
  const patiently = <T>(run: () => Promise<T>): Promise<T> =>
    repeatWhile(context.wait, ROLE, isRoleNotReady, run);

  return resourceStep<FoundSchedule>(context, {
    id,
    title: `Schedule ${names.schedule} in ${region}`,
    needs,
    region,
    async read() {
      const schedule = await orNull(NOT_FOUND, () => scheduler.send(new GetScheduleCommand(named)));
      const tags = schedule && (await readTags(context, region));
      return schedule && tags ? { schedule, tags } : null;
    },
    tagsOf: ({ tags }) => tags,
    detailOf: () => RATE,
    differences: ({ schedule }) => [
      ...(schedule.ScheduleExpression === RATE ? [] : [`rate ${schedule.ScheduleExpression} → ${RATE}`]),
      ...(schedule.State === 'ENABLED' ? [] : ['disabled → enabled']),
      ...(schedule.FlexibleTimeWindow?.Mode === 'OFF' ? [] : ['flexible time window → off']),
      ...(isTarget(schedule.Target, target) ? [] : ['target changes']),
    ],
    async create() {
      await patiently(() => scheduler.send(new CreateScheduleCommand(wanted)));
    },
    async update() {
      await patiently(() => scheduler.send(new UpdateScheduleCommand(wanted)));
    },
    async delete() {
      await scheduler.send(new DeleteScheduleCommand(named));
    },
  });
}

type Target = NonNullable<GetScheduleCommandOutput['Target']>;

const isTarget = (found: Target | undefined, { Arn, RoleArn, RetryPolicy }: Target): boolean =>
  found !== undefined &&
  found.Arn === Arn &&
  found.RoleArn === RoleArn &&
  isDeepStrictEqual({ ...found.RetryPolicy }, { ...RetryPolicy });
