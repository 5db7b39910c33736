// Owns what the watchdog of a region may do on AWS, and what its schedule may.
import { bucketArn, functionArn, logGroupArn, parameterArn, scheduleGroupArn } from '../arns.ts';
import { type PolicyDocument, policyOf, type Scope, type Statement, trustOf, writeLogs } from './document.ts';

interface WatchdogRegion {
  readonly region: string;
  /** The other region: this one reads its parameters, but never writes them. Null: there is none. */
  readonly peer: string | null;
  readonly pageCopy: boolean;
}

export function watchdogPolicy(scope: Scope, { region, peer, pageCopy }: WatchdogRegion): PolicyDocument {
  const { watchdogLogGroup, watchdogState, watchdogSecrets } = scope.names;
  const state = parameterArn(scope, region, watchdogState);
  const read = [region, ...(peer === null ? [] : [peer])].flatMap((of) =>
    [watchdogState, watchdogSecrets].map((name) => parameterArn(scope, of, name)),
  );
  const statements: Statement[] = [
    writeLogs([logGroupArn(scope, region, watchdogLogGroup)]),
    // The key of AWS that encrypts a parameter is open to who may read the parameter.
    { Sid: 'ReadStateAndSecrets', Effect: 'Allow', Action: 'ssm:GetParameter', Resource: read },
    { Sid: 'WriteOwnState', Effect: 'Allow', Action: 'ssm:PutParameter', Resource: state },
  ];
  if (pageCopy) {
    const pages = `${bucketArn(scope, region)}/*`;
    statements.push({ Sid: 'WritePages', Effect: 'Allow', Action: 's3:PutObject', Resource: pages });
  }
  return policyOf(...statements);
}

export const schedulePolicy = (scope: Scope, region: string): PolicyDocument =>
  policyOf({
    Sid: 'InvokeWatchdog',
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: functionArn(scope, region, scope.names.watchdog),
  });

/**
 * Schedules of this mesh only, so that those of other accounts cannot use the role.
 * docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
export const scheduleTrust = (scope: Scope, region: string): PolicyDocument =>
  trustOf('scheduler.amazonaws.com', {
    StringEquals: {
      'aws:SourceAccount': scope.accountId,
      'aws:SourceArn': scheduleGroupArn(scope, region),
    },
  });
