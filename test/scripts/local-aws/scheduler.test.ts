import { PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  type AwsHarness,
  createRole,
  policyOf,
  startAwsHarness,
  zipOf,
} from '../../support/aws/aws-harness.ts';

const ARN = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:watchdog`;
let harness: AwsHarness;
let role: string;
let now = Date.now();

beforeAll(async () => {
  harness = await startAwsHarness({ clock: () => now, enforcePolicies: true });
  role = await createRole(harness.iam, 'schedule', 'scheduler');
});
afterAll(() => harness.stop());

const inputOf = (
  GroupName: string,
  more: Partial<CreateScheduleCommandInput> = {},
): CreateScheduleCommandInput => ({
  Name: 'watchdog',
  GroupName,
  ScheduleExpression: 'rate(1 minute)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: ARN, RoleArn: role, Input: '{"source":"schedule"}' },
  ...more,
});

const createGroup = (Name: string) =>
  harness.scheduler.send(
    new CreateScheduleGroupCommand({ Name, Tags: [{ Key: 'probemesh:mesh', Value: 'acme' }] }),
  );

const create = (GroupName: string, more: Partial<CreateScheduleCommandInput> = {}) =>
  harness.scheduler.send(new CreateScheduleCommand(inputOf(GroupName, more)));

describe('groups of the local scheduler', () => {
  test('a group keeps its tags, and takes its schedules with it after a while', async () => {
    const { scheduler, aws } = harness;
    const { ScheduleGroupArn: ResourceArn } = await createGroup('acme');
    await expect(createGroup('acme')).rejects.toBeInstanceOf(ConflictException);
    const tags = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(tags.Tags).toEqual([{ Key: 'probemesh:mesh', Value: 'acme' }]);
    await create('acme');

    aws.faults.scheduleGroupDeletingMs = 30_000;
    await scheduler.send(new DeleteScheduleGroupCommand({ Name: 'acme' }));
    const get = new GetScheduleGroupCommand({ Name: 'acme' });
    expect(await scheduler.send(get)).toMatchObject({ State: 'DELETING' });
    await expect(createGroup('acme')).rejects.toBeInstanceOf(ConflictException);
    await expect(create('acme', { Name: 'other' })).rejects.toBeInstanceOf(ConflictException);
    now += 30_000;
    await expect(scheduler.send(get)).rejects.toBeInstanceOf(ResourceNotFoundException);
    expect(aws.state.regions.get('eu-central-1')?.schedules.size).toBe(0);
  });
});

describe('schedules of the local scheduler', () => {
  test('an update replaces everything', async () => {
    const { scheduler } = harness;
    await createGroup('updates');
    await create('updates', { Description: 'first', State: 'DISABLED' });
    const get = new GetScheduleCommand({ Name: 'watchdog', GroupName: 'updates' });
    expect(await scheduler.send(get)).toMatchObject({ Description: 'first', State: 'DISABLED' });
    await scheduler.send(new UpdateScheduleCommand(inputOf('updates')));
    const updated = await scheduler.send(get);
    expect(updated).toMatchObject({ State: 'ENABLED', Target: { Arn: ARN, RoleArn: role } });
    expect(updated.Description).toBeUndefined();
    await scheduler.send(new DeleteScheduleCommand({ Name: 'watchdog', GroupName: 'updates' }));
    await expect(scheduler.send(get)).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test.each([
    ['an expression that does not exist', { ScheduleExpression: 'every minute' }],
    ['a target that is no function', { Target: { Arn: 'arn:aws:lambda:x', RoleArn: 'x' } }],
    ['a role that does not exist', { Target: { Arn: ARN, RoleArn: `arn:aws:iam::${ACCOUNT}:role/none` } }],
  ])('a schedule with %s is not valid', async (_what, more) => {
    await createGroup('invalid').catch(() => {});
    await expect(create('invalid', more)).rejects.toBeInstanceOf(ValidationException);
  });

  test('a schedule in a group that does not exist is not found', async () => {
    await expect(create('none')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test('a schedule fires with the permissions of its role', async () => {
    await createGroup('fires');
    await create('fires');
    expect(await harness.aws.fire('eu-central-1')).toMatchObject([
      { result: { ok: false, error: expect.stringContaining('does not exist') } },
    ]);
    const Role = await createRole(harness.iam, 'watchdog');
    const code = { ZipFile: zipOf('export const handler = async (event) => event;') };
    await harness.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'watchdog',
        Role,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: code,
      }),
    );
    const denied = await harness.aws.fire();
    expect(denied).toMatchObject([
      { result: { ok: false, error: expect.stringContaining('not authorized') } },
    ]);
    await harness.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'schedule',
        PolicyName: 'invoke',
        PolicyDocument: policyOf('lambda:InvokeFunction', ARN),
      }),
    );
    expect(await harness.aws.fire('eu-central-1')).toEqual([
      {
        region: 'eu-central-1',
        schedule: 'fires/watchdog',
        result: { ok: true, payload: '{"source":"schedule"}' },
      },
    ]);
    expect(await harness.aws.fire('us-east-1')).toEqual([]);
  });
});

test('schedules of the local AWS run by its clock, as often as their expressions say', async () => {
  const runs: string[] = [];
  const own = await startAwsHarness({
    clock: () => now,
    runSchedules: true,
    invoke: async (region, name, event, environment) => {
      runs.push(`${region} ${name} ${JSON.stringify(event)} ${environment.OWN}`);
      return { ok: true };
    },
  });
  try {
    const Role = await createRole(own.iam, 'watchdog');
    const RoleArn = await createRole(own.iam, 'schedule', 'scheduler');
    const ZipFile = zipOf('');
    await own.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'watchdog',
        Role,
        Runtime: 'nodejs24.x',
        Handler: 'watchdog.handler',
        Environment: { Variables: { OWN: 'x' } },
        Code: { ZipFile },
      }),
    );
    const schedule = inputOf('default', { Target: { Arn: ARN, RoleArn, Input: '{}' } });
    await own.scheduler.send(new CreateScheduleCommand(schedule));
    now += 59_000;
    expect(runs).toEqual([]);
    now += 1_000;
    const run = 'eu-central-1 watchdog {} x';
    await expect.poll(() => runs, { timeout: 5_000 }).toEqual([run]);
    now += 60_000;
    await expect.poll(() => runs, { timeout: 5_000 }).toEqual([run, run]);
  } finally {
    await own.stop();
  }
});
