// Owns EventBridge Scheduler in the local AWS: groups and schedules. Does not fire them: schedule-clock.ts does.
// docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html and its neighbours.
import * as sdk from '@aws-sdk/client-scheduler';
import { nameInArn, type Schedule, type ScheduleGroup, type ScheduleSettings } from '../account.ts';
import { AwsError } from '../errors.ts';
import { trusts } from '../policy-document.ts';
import { type Context, type Permission, passRole, type Service } from '../service.ts';
import { addTags, tagList, tagsOf } from '../tags.ts';

const validation = (message: string): AwsError => new AwsError('ValidationException', message);
const notFound = (what: string): AwsError =>
  new AwsError('ResourceNotFoundException', `${what} does not exist.`, 404);
const conflict = (message: string): AwsError => new AwsError('ConflictException', message, 409);

/** A group that is being deleted takes its schedules with it. */
function findGroup(name: string | undefined, context: Context): ScheduleGroup {
  const { region, regionName, account, now } = context;
  const groupName = name ?? 'default';
  const group = region.scheduleGroups.get(groupName);
  if (group && (group.deletedAt === null || now < group.deletedAt)) return group;
  if (group) {
    region.scheduleGroups.delete(groupName);
    for (const [key, schedule] of region.schedules)
      if (schedule.group === groupName) region.schedules.delete(key);
  }
  if (groupName !== 'default') throw notFound(`Schedule group ${groupName}`);
  const arn = `arn:aws:scheduler:${regionName}:${account.id}:schedule-group/default`;
  return { name: groupName, arn, createdAt: now, deletedAt: null, clientToken: undefined, tags: new Map() };
}

function findSchedule(
  input: { Name?: string | undefined; GroupName?: string | undefined },
  context: Context,
): Schedule {
  const group = findGroup(input.GroupName, context);
  const schedule = context.region.schedules.get(`${group.name}/${input.Name}`);
  if (!schedule) throw notFound(`Schedule ${input.Name}`);
  return schedule;
}

function findTagged(arn: string | undefined, context: Context): ScheduleGroup {
  if (!/:schedule-group\//.test(arn ?? '')) throw validation(`Provided Arn is not in correct format.`);
  return findGroup(nameInArn(arn ?? ''), context);
}

export const SCHEDULER: Service = {
  name: 'scheduler',
  protocol: 'rest-json',
  sdk,
  operations: {
    CreateScheduleGroup(
      input: sdk.CreateScheduleGroupInput,
      context: Context,
    ): sdk.CreateScheduleGroupOutput {
      const { account, region, regionName, now } = context;
      const name = checkName(input.Name);
      const old = exists(name, context);
      if (old && old.clientToken !== input.ClientToken)
        throw conflict(`Schedule group ${name} already exists.`);
      if (old) return { ScheduleGroupArn: old.arn };
      const arn = `arn:aws:scheduler:${regionName}:${account.id}:schedule-group/${name}`;
      const tags = tagsOf(input.Tags as never);
      region.scheduleGroups.set(name, {
        name,
        arn,
        createdAt: now,
        deletedAt: null,
        clientToken: input.ClientToken,
        tags,
      });
      return { ScheduleGroupArn: arn };
    },
    GetScheduleGroup(input: sdk.GetScheduleGroupInput, context: Context): sdk.GetScheduleGroupOutput {
      const group = findGroup(input.Name, context);
      const date = new Date(group.createdAt);
      const State = group.deletedAt === null ? 'ACTIVE' : 'DELETING';
      return { Name: group.name, Arn: group.arn, State, CreationDate: date, LastModificationDate: date };
    },
    DeleteScheduleGroup(input: sdk.DeleteScheduleGroupInput, context: Context): object {
      const group = findGroup(input.Name, context);
      if (group.name === 'default') throw validation('The default schedule group cannot be deleted.');
      group.deletedAt ??= context.now + context.faults.scheduleGroupDeletingMs;
      return {};
    },
    TagResource(input: sdk.TagResourceInput, context: Context): object {
      addTags(findTagged(input.ResourceArn, context).tags, tagsOf(input.Tags as never));
      return {};
    },
    ListTagsForResource: (
      input: sdk.ListTagsForResourceInput,
      context: Context,
    ): sdk.ListTagsForResourceOutput => ({
      Tags: tagList(findTagged(input.ResourceArn, context).tags),
    }),
    CreateSchedule(input: sdk.CreateScheduleInput, context: Context): sdk.CreateScheduleOutput {
      const { account, region, regionName, now } = context;
      const name = checkName(input.Name);
      const group = findGroup(input.GroupName, context);
      if (group.deletedAt !== null) throw conflict(`Schedule group ${group.name} is being deleted.`);
      const settings = checkSettings(input, context);
      const key = `${group.name}/${name}`;
      const old = region.schedules.get(key);
      if (old && old.clientToken !== input.ClientToken) throw conflict(`Schedule ${name} already exists.`);
      const arn = `arn:aws:scheduler:${regionName}:${account.id}:schedule/${key}`;
      const dates = { createdAt: now, modifiedAt: now, lastFiredAt: null };
      region.schedules.set(key, {
        name,
        group: group.name,
        arn,
        clientToken: input.ClientToken,
        settings,
        ...dates,
      });
      return { ScheduleArn: arn };
    },
    GetSchedule(input: sdk.GetScheduleInput, context: Context): sdk.GetScheduleOutput {
      const { name, group, arn, createdAt, modifiedAt, settings } = findSchedule(input, context);
      return {
        ...(settings as object),
        Name: name,
        GroupName: group,
        Arn: arn,
        CreationDate: new Date(createdAt),
        LastModificationDate: new Date(modifiedAt),
      };
    },
    ListSchedules(input: sdk.ListSchedulesInput, { region }: Context): sdk.ListSchedulesOutput {
      const { GroupName = '', NamePrefix = '' } = input;
      const schedules = [...region.schedules.values()].filter(
        ({ name, group }) => (GroupName === '' || group === GroupName) && name.startsWith(NamePrefix),
      );
      return {
        Schedules: schedules.map(({ name, group, arn, settings: { State, Target } }) => ({
          Name: name,
          GroupName: group,
          Arn: arn,
          State,
          Target: { Arn: Target.Arn },
        })),
      };
    },
    // It replaces everything: what is not given has its default again.
    UpdateSchedule(input: sdk.UpdateScheduleInput, context: Context): sdk.UpdateScheduleOutput {
      const schedule = findSchedule(input, context);
      schedule.settings = checkSettings(input, context);
      schedule.modifiedAt = context.now;
      return { ScheduleArn: schedule.arn };
    },
    DeleteSchedule(input: sdk.DeleteScheduleInput, context: Context): object {
      const { group, name } = findSchedule(input, context);
      context.region.schedules.delete(`${group}/${name}`);
      return {};
    },
  },
  // docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
  permissions(operation, input: PermissionInput, context) {
    const base = `arn:aws:scheduler:${context.regionName}:${context.account.id}`;
    if (operation === 'ListSchedules') return [{ action: 'scheduler:ListSchedules', resource: '*' }];
    const isOfSchedule = /Schedule$/.test(operation);
    const group = `${base}:schedule-group/${input.Name}`;
    const schedule = `${base}:schedule/${input.GroupName ?? 'default'}/${input.Name}`;
    const resource = input.ResourceArn ?? (isOfSchedule ? schedule : group);
    const permissions: Permission[] = [{ action: `scheduler:${operation}`, resource }];
    if (operation === 'CreateScheduleGroup' && (input.Tags ?? []).length > 0)
      permissions.push({ action: 'scheduler:TagResource', resource });
    permissions.push(...passRole(input.Target?.RoleArn, 'scheduler.amazonaws.com'));
    return permissions;
  },
};

interface PermissionInput {
  readonly Name?: string;
  readonly GroupName?: string;
  readonly ResourceArn?: string;
  readonly Tags?: readonly object[];
  readonly Target?: { readonly RoleArn?: string };
}

/** Undefined once it is deleted. */
function exists(name: string, context: Context): ScheduleGroup | undefined {
  try {
    return findGroup(name, context);
  } catch {
    return undefined;
  }
}

function checkName(name: string | undefined): string {
  if (name && /^[\w.-]{1,64}$/.test(name)) return name;
  throw validation(`1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint`);
}

const EXPRESSION =
  /^(rate\([1-9]\d* (minute|minutes|hour|hours|day|days)\)|cron\(([^ ()]+ ){5}[^ ()]+\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\))$/;

function checkSettings(
  input: sdk.UpdateScheduleInput | sdk.CreateScheduleInput,
  context: Context,
): ScheduleSettings {
  const { Name: _name, GroupName: _group, ClientToken: _token, ...settings } = input;
  const { ScheduleExpression: expression = '', Target, FlexibleTimeWindow } = settings;
  if (!EXPRESSION.test(expression)) throw validation(`Invalid Schedule Expression ${expression}.`);
  if (FlexibleTimeWindow?.Mode !== 'OFF' && FlexibleTimeWindow?.MaximumWindowInMinutes === undefined)
    throw validation('FlexibleTimeWindow must have the mode OFF, or a maximum window.');
  if (!/^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+$/.test(Target?.Arn ?? ''))
    throw validation(`Provided Arn is not in correct format.`);
  const role = context.account.roles.get(nameInArn(Target?.RoleArn ?? ''));
  const isUsable =
    role?.arn === Target?.RoleArn &&
    role !== undefined &&
    context.now >= role.createdAt + context.faults.roleUsableAfterMs;
  if (!isUsable || !trusts(role.trust, 'scheduler.amazonaws.com'))
    throw validation(
      'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
    );
  return {
    ScheduleExpressionTimezone: 'UTC',
    ActionAfterCompletion: 'NONE',
    ...settings,
    State: input.State ?? 'ENABLED',
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }, ...Target },
  } as ScheduleSettings;
}
