// Owns whether the policies of a principal allow a call: a simulator of IAM evaluates them, and the denial is worded as AWS does.
import { anonymousPrincipal, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Account, Principal } from './account.ts';
import { type AwsError, commonError } from './errors.ts';
import type { Protocol } from './protocol.ts';
import { resourceTags } from './resource-tags.ts';
import type { Permission } from './service.ts';

export interface Request {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly region: string;
  /** Of a bucket. */
  readonly resourcePolicy?: string | undefined;
}

export type Decision =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly isExplicit: boolean };

export async function decide(account: Account, request: Request, now: number): Promise<Decision> {
  const { principal, permission, region, resourcePolicy } = request;
  const simulation: Simulation = {
    request: {
      principal: principal.type === 'anonymous' ? anonymousPrincipal : principal.arn,
      action: permission.action,
      resource: { resource: permission.resource, accountId: account.id },
      contextVariables: {
        'aws:RequestedRegion': region,
        'aws:CurrentTime': new Date(now).toISOString(),
        'aws:EpochTime': String(Math.floor(now / 1000)),
        ...(principal.type === 'anonymous' ? {} : { 'aws:PrincipalAccount': account.id }),
        'aws:SecureTransport': 'true',
        ...resourceTags(account, permission.resource),
        ...permission.conditions,
      },
    },
    identityPolicies: policiesOf(principal),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy === undefined ? {} : { resourcePolicy: JSON.parse(resourcePolicy) as unknown }),
  };
  const response = await runSimulation(simulation, {});
  if (response.resultType === 'error') {
    const { message } = response.errors;
    throw new Error(
      `local AWS: ${permission.action} on ${permission.resource} cannot be simulated: ${message} ${JSON.stringify(response.errors)}`,
    );
  }
  if (response.overallResult === 'Allowed') return { isAllowed: true };
  return { isAllowed: false, isExplicit: response.overallResult === 'ExplicitlyDenied' };
}

function policiesOf(principal: Principal): Simulation['identityPolicies'] {
  if (principal.type === 'anonymous') return [];
  const { policies } = principal.type === 'user' ? principal.user : principal.role;
  return [...policies].map(([name, document]) => ({ name, policy: JSON.parse(document) as unknown }));
}

/** docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function denial(
  protocol: Protocol,
  principal: Principal,
  permission: Permission,
  isExplicit: boolean,
): AwsError {
  if (principal.type === 'anonymous') return commonError(protocol, 'denied', 'Access Denied');
  const { action, resource } = permission;
  const why = isExplicit
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${action} action`;
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  return commonError(protocol, 'denied', message);
}
