// Owns asking a simulator of IAM whether policies allow a call. A call that IAM does not have is an error, not a denial.
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument } from '../../../scripts/deploy/aws/policies/document.ts';

export const ACCOUNT = '123456789012';
export const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:user/simulated`;

export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

export const isAllowed = (policy: PolicyDocument, call: Call): Promise<boolean> =>
  simulate(call, { principal: PRINCIPAL, identityPolicies: [{ name: 'policy', policy }] });

/** Whether the world may, by the policy of the resource. */
export const isPublic = (resourcePolicy: PolicyDocument, call: Call): Promise<boolean> =>
  simulate(call, { principal: anonymousPrincipal, identityPolicies: [], resourcePolicy });

/** Whether a service of AWS may take on a role. */
export const mayTakeOn = (resourcePolicy: PolicyDocument, service: string, call: Call): Promise<boolean> =>
  simulate(call, { principal: service, identityPolicies: [], resourcePolicy });

async function simulate(
  { action, resource, context = {} }: Call,
  of: {
    principal: string | typeof anonymousPrincipal;
    identityPolicies: { name: string; policy: PolicyDocument }[];
    resourcePolicy?: PolicyDocument;
  },
): Promise<boolean> {
  const response = await runSimulation(
    {
      request: {
        principal: of.principal,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...context },
      },
      identityPolicies: of.identityPolicies,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(of.resourcePolicy && { resourcePolicy: of.resourcePolicy }),
    },
    {},
  );
  if (response.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(response.errors)}`);
  return response.overallResult === 'Allowed';
}
