// The policies of a mesh against a simulator of IAM: what each allows, and the nearest that it does not.
import { expect, test } from 'vitest';
import { coordinatorPolicy } from '../../../../scripts/deploy/aws/policies/coordinator.ts';
import { deployerPolicy } from '../../../../scripts/deploy/aws/policies/deployer.ts';
import type { PolicyDocument } from '../../../../scripts/deploy/aws/policies/document.ts';
import { pageBucketPolicy } from '../../../../scripts/deploy/aws/policies/page-bucket.ts';
import { lambdaTrust, probePolicy } from '../../../../scripts/deploy/aws/policies/probe.ts';
import {
  schedulePolicy,
  scheduleTrust,
  watchdogPolicy,
} from '../../../../scripts/deploy/aws/policies/watchdog.ts';
import { regionsBeside } from '../../../../scripts/deploy/aws/regions.ts';
import { namesOf } from '../../../../scripts/deploy/names.ts';
import { ACCOUNT, type Call, isAllowed, isPublic, mayTakeOn } from '../../../support/deploy/simulate-iam.ts';

const scope = { accountId: ACCOUNT, names: namesOf({ name: 'acme' }) };
const REGIONS = ['eu-central-1', 'us-east-1'];

const call = (action: string, resource: string, context?: Call['context']): Call => ({
  action,
  resource,
  ...(context && { context }),
});
const fn = (name: string, region = 'eu-central-1', account = ACCOUNT): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;
const stream = (group: string, region = 'eu-central-1'): string =>
  `arn:aws:logs:${region}:${ACCOUNT}:log-group:${group}:log-stream:2026/11/26/[$LATEST]0f`;
const group = (name: string, region = 'eu-central-1'): string =>
  `arn:aws:logs:${region}:${ACCOUNT}:log-group:${name}`;
const parameter = (name: string, region = 'eu-central-1'): string =>
  `arn:aws:ssm:${region}:${ACCOUNT}:parameter${name}`;
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const user = (name: string): string => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const bucket = `arn:aws:s3:::acme-status-${ACCOUNT}`;

interface Case {
  readonly of: string;
  readonly policy: PolicyDocument;
  readonly allowed: readonly Call[];
  readonly denied: readonly Call[];
}

const CASES: readonly Case[] = [
  {
    of: 'the probe',
    policy: probePolicy(scope, REGIONS),
    allowed: REGIONS.flatMap((region) => [
      call('logs:CreateLogStream', stream('/aws/lambda/acme-probe', region)),
      call('logs:PutLogEvents', stream('/aws/lambda/acme-probe', region)),
    ]),
    denied: [
      call('logs:PutLogEvents', stream('/aws/lambda/acme-watchdog')),
      call('logs:PutLogEvents', stream('/aws/lambda/acme-probe2')),
      call('logs:PutLogEvents', stream('/aws/lambda/acme-probe', 'eu-west-1')),
      call('logs:CreateLogGroup', group('/aws/lambda/acme-probe')),
      call('logs:FilterLogEvents', group('/aws/lambda/acme-probe')),
      call('lambda:InvokeFunction', fn('acme-probe')),
      call('ssm:GetParameter', parameter('/acme/watchdog/secrets')),
      call('s3:PutObject', `${bucket}/index.html`),
    ],
  },
  {
    of: 'the coordinator',
    policy: coordinatorPolicy(scope, REGIONS),
    allowed: REGIONS.map((region) => call('lambda:InvokeFunction', fn('acme-probe', region))),
    denied: [
      call('lambda:InvokeFunction', fn('acme-probe', 'eu-west-1')),
      call('lambda:InvokeFunction', fn('acme-watchdog')),
      call('lambda:InvokeFunction', fn('acme-probe2')),
      call('lambda:InvokeFunction', fn('acme-probe', 'eu-central-1', '210987654321')),
      call('lambda:InvokeFunction', `${fn('acme-probe')}:other`),
      call('lambda:GetFunction', fn('acme-probe')),
      call('lambda:UpdateFunctionCode', fn('acme-probe')),
      call('iam:CreateAccessKey', user('acme-coordinator')),
    ],
  },
  {
    of: 'the watchdog of the first region',
    policy: watchdogPolicy(scope, { region: 'eu-central-1', peer: 'us-east-1', pageCopy: true }),
    allowed: [
      call('logs:PutLogEvents', stream('/aws/lambda/acme-watchdog')),
      call('ssm:GetParameter', parameter('/acme/watchdog/state')),
      call('ssm:GetParameter', parameter('/acme/watchdog/secrets')),
      call('ssm:GetParameter', parameter('/acme/watchdog/state', 'us-east-1')),
      call('ssm:GetParameter', parameter('/acme/watchdog/secrets', 'us-east-1')),
      call('ssm:PutParameter', parameter('/acme/watchdog/state')),
      call('s3:PutObject', `${bucket}/index.html`),
    ],
    denied: [
      call('ssm:PutParameter', parameter('/acme/watchdog/state', 'us-east-1')),
      call('ssm:PutParameter', parameter('/acme/watchdog/secrets')),
      call('ssm:PutParameter', parameter('/acme/watchdog/secrets', 'us-east-1')),
      call('ssm:GetParameter', parameter('/acme/watchdog/secrets', 'eu-west-1')),
      call('ssm:GetParameter', parameter('/acme/watchdog/state2')),
      call('ssm:GetParameter', parameter('/other/watchdog/secrets')),
      call('ssm:DeleteParameter', parameter('/acme/watchdog/state')),
      call('s3:DeleteObject', `${bucket}/index.html`),
      call('s3:GetObject', `${bucket}/index.html`),
      call('s3:PutBucketPolicy', bucket),
      call('s3:PutObject', `arn:aws:s3:::acme-status-${ACCOUNT}-other/index.html`),
      call('logs:PutLogEvents', stream('/aws/lambda/acme-probe')),
      call('logs:PutLogEvents', stream('/aws/lambda/acme-watchdog', 'us-east-1')),
      call('lambda:InvokeFunction', fn('acme-probe')),
    ],
  },
  {
    of: 'a watchdog without a peer and without copies',
    policy: watchdogPolicy(scope, { region: 'eu-central-1', peer: null, pageCopy: false }),
    allowed: [call('ssm:PutParameter', parameter('/acme/watchdog/state'))],
    denied: [
      call('ssm:GetParameter', parameter('/acme/watchdog/state', 'us-east-1')),
      call('ssm:GetParameter', parameter('/acme/watchdog/secrets', 'us-east-1')),
      call('s3:PutObject', `${bucket}/index.html`),
    ],
  },
  {
    of: 'the schedule',
    policy: schedulePolicy(scope, 'eu-central-1'),
    allowed: [call('lambda:InvokeFunction', fn('acme-watchdog'))],
    denied: [
      call('lambda:InvokeFunction', fn('acme-watchdog', 'us-east-1')),
      call('lambda:InvokeFunction', fn('acme-probe')),
      call('lambda:InvokeFunction', fn('acme-watchdog2')),
    ],
  },
  deployerCase(),
];

function deployerCase(): Case {
  const here = { 'aws:RequestedRegion': 'eu-central-1' };
  const elsewhere = { 'aws:RequestedRegion': 'eu-west-1' };
  const probeRegionOnly = { 'aws:RequestedRegion': 'us-east-1' };
  const ours = { 'aws:ResourceTag/probemesh:mesh': 'acme' };
  const toLambda = { 'iam:PassedToService': 'lambda.amazonaws.com' };
  const toScheduler = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
  const schedules = `arn:aws:scheduler:eu-central-1:${ACCOUNT}`;
  return {
    of: 'who runs the deployment',
    policy: deployerPolicy(scope, { regions: REGIONS, watchdogRegions: ['eu-central-1'] }),
    allowed: [
      call('lambda:CreateFunction', fn('acme-probe'), here),
      call('lambda:GetFunction', fn('acme-probe', 'eu-west-1'), elsewhere),
      call('lambda:DeleteFunction', fn('acme-probe', 'eu-west-1'), { ...elsewhere, ...ours }),
      call('lambda:UpdateFunctionCode', fn('acme-watchdog'), here),
      call('iam:PassRole', role('acme-probe'), toLambda),
      call('iam:PassRole', role('acme-schedule-eu-central-1'), toScheduler),
      call('logs:DescribeLogGroups', '*', elsewhere),
      call('s3:CreateBucket', bucket, here),
    ],
    denied: [
      call('lambda:CreateFunction', fn('acme-probe', 'eu-west-1'), elsewhere),
      call('lambda:CreateFunction', fn('acme-probe2'), here),
      call('lambda:UpdateFunctionCode', fn('other'), here),
      call('lambda:UpdateFunctionCode', fn('acme-watchdog', 'us-east-1'), probeRegionOnly),
      call('lambda:DeleteFunction', fn('acme-probe'), here),
      call('lambda:DeleteFunction', fn('acme-probe'), {
        ...here,
        'aws:ResourceTag/probemesh:mesh': 'other',
      }),
      call('lambda:DeleteFunction', fn('other'), { ...here, ...ours }),
      call('lambda:AddPermission', fn('acme-probe'), here),
      call('lambda:CreateFunctionUrlConfig', fn('acme-probe'), here),
      call('iam:PassRole', role('admin'), toLambda),
      call('iam:PassRole', role('acme-probe'), toScheduler),
      call('iam:PassRole', role('acme-probe'), { 'iam:PassedToService': 'ec2.amazonaws.com' }),
      call('iam:PassRole', role('acme-schedule-eu-central-1'), toLambda),
      call('iam:AttachRolePolicy', role('acme-probe')),
      call('iam:PutRolePolicy', role('admin')),
      call('iam:CreateRole', role('acme-probe2')),
      call('iam:CreateAccessKey', user('admin')),
      call('iam:AttachUserPolicy', user('acme-coordinator')),
      call('iam:CreateLoginProfile', user('acme-coordinator')),
      call('logs:DeleteLogGroup', group('/aws/lambda/other'), here),
      call('logs:CreateLogGroup', group('/aws/lambda/acme-probe', 'eu-west-1'), elsewhere),
      call('logs:FilterLogEvents', group('/aws/lambda/acme-probe'), here),
      call('ssm:GetParameter', parameter('/other/secrets'), here),
      call('ssm:PutParameter', parameter('/acme/watchdog/state', 'us-east-1'), probeRegionOnly),
      call('scheduler:CreateSchedule', `${schedules}:schedule/default/acme-watchdog`, here),
      call('scheduler:DeleteScheduleGroup', `${schedules}:schedule-group/other`, here),
      call('s3:DeleteBucket', 'arn:aws:s3:::other', here),
      call('s3:DeleteBucket', `arn:aws:s3:::acme-status-${ACCOUNT}0`, here),
      call('s3:GetObject', `${bucket}/index.html`, here),
      call('s3:PutObject', `${bucket}/index.html`, here),
      call('sts:AssumeRole', role('acme-watchdog-eu-central-1')),
    ],
  };
}

test.each(CASES)('the policy of $of allows what it needs', async ({ policy, allowed }) => {
  for (const one of allowed) expect(await isAllowed(policy, one), JSON.stringify(one)).toBe(true);
});

test.each(CASES)('the policy of $of allows nothing that is near', async ({ policy, denied }) => {
  for (const one of denied) expect(await isAllowed(policy, one), JSON.stringify(one)).toBe(false);
});

test('the world may read a page, and may not list, write or delete pages', async () => {
  const policy = pageBucketPolicy(scope, 'eu-central-1');
  expect(await isPublic(policy, call('s3:GetObject', `${bucket}/index.html`))).toBe(true);
  for (const denied of [
    call('s3:ListBucket', bucket),
    call('s3:PutObject', `${bucket}/index.html`),
    call('s3:DeleteObject', `${bucket}/index.html`),
    call('s3:GetBucketPolicy', bucket),
    call('s3:GetObject', 'arn:aws:s3:::other/index.html'),
  ])
    expect(await isPublic(policy, denied), JSON.stringify(denied)).toBe(false);
});

test('only Lambda takes on the role of the probe', async () => {
  const assume = call('sts:AssumeRole', role('acme-probe'));
  expect(await mayTakeOn(lambdaTrust, 'lambda.amazonaws.com', assume)).toBe(true);
  expect(await mayTakeOn(lambdaTrust, 'scheduler.amazonaws.com', assume)).toBe(false);
});

test('only schedules of this account and group take on the role of the schedule', async () => {
  const trust = scheduleTrust(scope, 'eu-central-1');
  const groupArn = `arn:aws:scheduler:eu-central-1:${ACCOUNT}:schedule-group/acme`;
  const assume = (account: string, source: string): Call =>
    call('sts:AssumeRole', role('acme-schedule-eu-central-1'), {
      'aws:SourceAccount': account,
      'aws:SourceArn': source,
    });
  const scheduler = 'scheduler.amazonaws.com';
  expect(await mayTakeOn(trust, scheduler, assume(ACCOUNT, groupArn))).toBe(true);
  expect(await mayTakeOn(trust, scheduler, assume('210987654321', groupArn))).toBe(false);
  expect(await mayTakeOn(trust, scheduler, assume(ACCOUNT, `${groupArn}2`))).toBe(false);
  expect(await mayTakeOn(trust, 'lambda.amazonaws.com', assume(ACCOUNT, groupArn))).toBe(false);
});

const LONGEST = { accountId: ACCOUNT, names: namesOf({ name: 'a'.repeat(30) }) };
const characters = (policy: PolicyDocument): number => JSON.stringify(policy).replaceAll(/\s/g, '').length;

test('with the longest name and 17 regions, every policy is within the limits of IAM', () => {
  const regions = regionsBeside('eu-central-1')
    .sort((a, b) => b.length - a.length)
    .slice(0, 17);
  expect(regions).toHaveLength(17);
  expect(characters(coordinatorPolicy(LONGEST, regions))).toBeLessThanOrEqual(2_048);
  expect(characters(probePolicy(LONGEST, regions))).toBeLessThanOrEqual(10_240);
  const deployer = deployerPolicy(LONGEST, { regions, watchdogRegions: regions.slice(0, 2) });
  expect(characters(deployer)).toBeLessThanOrEqual(6_144);
  const [longest = ''] = regions;
  for (const name of [LONGEST.names.watchdogRole(longest), LONGEST.names.scheduleRole(longest)])
    expect(name.length).toBeLessThanOrEqual(64);
  expect(LONGEST.names.bucket(ACCOUNT).length).toBeLessThanOrEqual(63);
});
