// Owns what the coordinator may do on AWS: invoke the probes of its regions. Its access key is a secret of the Worker.
import { functionArn } from '../arns.ts';
import { type PolicyDocument, policyOf, type Scope } from './document.ts';

/** A policy of a user has at most 2,048 characters: enough for 17 regions and the longest name. */
export const coordinatorPolicy = (scope: Scope, regions: readonly string[]): PolicyDocument =>
  policyOf({
    Sid: 'InvokeProbes',
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: regions.map((region) => functionArn(scope, region, scope.names.probe)),
  });
