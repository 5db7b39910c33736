// Owns what a person or program that runs the deployment may do on AWS: read and delete in all regions, so that nothing is
// forgotten, and make and change in the regions of the settings only.
import { TAG } from '../../names.ts';
import {
  bucketArn,
  functionArn,
  logGroupArn,
  parameterArn,
  roleArn,
  scheduleArn,
  scheduleGroupArn,
  userArn,
} from '../arns.ts';
import { type PolicyDocument, policyOf, type Scope, type Statement } from './document.ts';

export interface DeployedRegions {
  readonly regions: readonly string[];
  readonly watchdogRegions: readonly string[];
}

/** A managed policy has at most 6,144 characters without spaces. */
export function deployerPolicy(scope: Scope, { regions, watchdogRegions }: DeployedRegions): PolicyDocument {
  const { names } = scope;
  const all = [...new Set([...regions, ...watchdogRegions])];
  const home = all[0]!;
  // ARNs of every region: its place in an ARN is a pattern.
  const anywhere = (arn: string): string => arn.replace(`:${home}:`, ':*:');
  const functions = [names.probe, names.watchdog].map((name) => anywhere(functionArn(scope, home, name)));
  // Some calls name a group with `:*` at its end.
  const logGroups = [names.probeLogGroup, names.watchdogLogGroup]
    .map((name) => anywhere(logGroupArn(scope, home, name)))
    .flatMap((arn) => [arn, `${arn}:*`]);
  const parameters = [names.watchdogState, names.watchdogSecrets].map((name) =>
    anywhere(parameterArn(scope, home, name)),
  );
  const schedules = [scheduleGroupArn(scope, home), scheduleArn(scope, home)].map(anywhere);
  const probeRole = roleArn(scope, home, names.probeRole);
  const watchdogRoles = roleArn(scope, home, names.watchdogRole('*'));
  const scheduleRoles = roleArn(scope, home, names.scheduleRole('*'));
  const tag = names.tags[TAG]!;
  const inRegions = (of: readonly string[]) => ({ StringEquals: { 'aws:RequestedRegion': of } });
  const coordinator = userArn(scope, home, names.coordinator);
  const pages = bucketArn(scope, home);

  // IAM allows few characters, so that a statement has the resources of several services. An action is of one service only.
  const statements: Statement[] = [
    allow('Identities', [probeRole, watchdogRoles, scheduleRoles, coordinator], [...ROLES, ...USER]),
    allow('PassToLambda', [probeRole, watchdogRoles], ['iam:PassRole'], passedTo('lambda.amazonaws.com')),
    allow('PassToScheduler', [scheduleRoles], ['iam:PassRole'], passedTo('scheduler.amazonaws.com')),
    allow('FindLogs', ['*'], ['logs:DescribeLogGroups']),
    allow('SeeAndDelete', [...functions, ...logGroups, ...parameters, ...schedules, pages], SEE_AND_DELETE),
    allow('DeletePages', [`${pages}/*`], ['s3:DeleteObject']),
    allow('DeleteFunctions', functions, ['lambda:DeleteFunction'], {
      StringEquals: { [`aws:ResourceTag/${TAG}`]: tag },
    }),
    allow(
      'MakeProbes',
      [functions[0]!, ...logGroups],
      [...FUNCTION, ...CONCURRENCY, ...LOGS],
      inRegions(all),
    ),
  ];
  if (watchdogRegions.length > 0) {
    const watchdogs = [functions[1]!, ...parameters, ...schedules, pages];
    const make = [...FUNCTION, ...RETRIES, ...PARAMETERS, ...SCHEDULES, ...BUCKET];
    statements.push(allow('MakeWatchdogs', watchdogs, make, inRegions(watchdogRegions)));
  }
  return policyOf(...statements);
}

const passedTo = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } });

const SEE_AND_DELETE = [
  'lambda:GetFunction',
  'lambda:GetFunctionEventInvokeConfig',
  'lambda:ListTags',
  'logs:ListTagsForResource',
  'logs:DeleteLogGroup',
  'ssm:GetParameter',
  'ssm:ListTagsForResource',
  'ssm:DeleteParameter',
  'scheduler:GetScheduleGroup',
  'scheduler:ListTagsForResource',
  'scheduler:GetSchedule',
  'scheduler:DeleteSchedule',
  'scheduler:DeleteScheduleGroup',
  's3:ListBucket',
  's3:GetBucketTagging',
  's3:GetBucketPolicy',
  's3:GetBucketPublicAccessBlock',
  's3:DeleteBucket',
];
const ROLES = [
  'iam:GetRole',
  'iam:CreateRole',
  'iam:TagRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:DeleteRole',
  'iam:GetRolePolicy',
  'iam:PutRolePolicy',
  'iam:DeleteRolePolicy',
  'iam:ListRolePolicies',
  'iam:ListAttachedRolePolicies',
  'iam:DetachRolePolicy',
];
const USER = [
  'iam:GetUser',
  'iam:CreateUser',
  'iam:TagUser',
  'iam:DeleteUser',
  'iam:GetUserPolicy',
  'iam:PutUserPolicy',
  'iam:DeleteUserPolicy',
  'iam:ListUserPolicies',
  'iam:ListAttachedUserPolicies',
  'iam:DetachUserPolicy',
  'iam:ListAccessKeys',
  'iam:GetAccessKeyLastUsed',
  'iam:CreateAccessKey',
  'iam:DeleteAccessKey',
];
/** Invocations: the proof at the end of a deployment. */
const FUNCTION = [
  'lambda:CreateFunction',
  'lambda:TagResource',
  'lambda:UpdateFunctionCode',
  'lambda:UpdateFunctionConfiguration',
  'lambda:InvokeFunction',
];
const CONCURRENCY = ['lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'];
const RETRIES = ['lambda:PutFunctionEventInvokeConfig'];
const LOGS = ['logs:CreateLogGroup', 'logs:TagResource', 'logs:PutRetentionPolicy'];
const PARAMETERS = ['ssm:PutParameter', 'ssm:AddTagsToResource'];
const SCHEDULES = [
  'scheduler:CreateScheduleGroup',
  'scheduler:TagResource',
  'scheduler:CreateSchedule',
  'scheduler:UpdateSchedule',
];
const BUCKET = ['s3:CreateBucket', 's3:TagResource', 's3:PutBucketPolicy', 's3:PutBucketPublicAccessBlock'];

const allow = (
  Sid: string,
  Resource: readonly string[],
  Action: readonly string[],
  Condition?: Statement['Condition'],
): Statement => ({ Sid, Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });

/** What a policy for all regions of a partition would not say: the regions of these settings. */
export const regionsOf = (settings: {
  regions: readonly string[];
  watchdog: { regions: readonly string[] } | null;
}): DeployedRegions => ({ regions: settings.regions, watchdogRegions: settings.watchdog?.regions ?? [] });
