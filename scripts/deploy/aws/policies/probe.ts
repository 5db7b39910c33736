// Owns what the probe may do on AWS: write its own log. It talks to targets, so it can do nothing else.
import { logGroupArn } from '../arns.ts';
import { type PolicyDocument, policyOf, type Scope, trustOf, writeLogs } from './document.ts';

export const probePolicy = (scope: Scope, regions: readonly string[]): PolicyDocument =>
  policyOf(writeLogs(regions.map((region) => logGroupArn(scope, region, scope.names.probeLogGroup))));

/** Of the probe and of the watchdog. */
export const lambdaTrust: PolicyDocument = trustOf('lambda.amazonaws.com');
