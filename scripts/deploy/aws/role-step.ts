// Owns the step of an IAM role: who may take it on, and its one inline policy. Does not own what they say.
import { isDeepStrictEqual } from 'node:util';
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  type Role,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Step } from '../step.ts';
import type { AwsContext } from './context.ts';
import type { PolicyDocument } from './policies/document.ts';
import { resourceStep, tagList, tagRecord } from './resource-step.ts';
import { orNull } from './waiting.ts';

export interface RoleSpec {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly needs?: readonly string[];
  readonly trust: PolicyDocument;
  readonly policy: PolicyDocument;
}

interface FoundRole {
  readonly role: Role;
  readonly policy: string | undefined;
}

/** The name of the inline policy, of a role and of a user. */
export const POLICY_NAME = 'probemesh';
export const NO_SUCH_ENTITY = ['NoSuchEntity', 'NoSuchEntityException'];

/** A deletion that is repeated finds nothing. */
export const gone = (run: () => Promise<unknown>): Promise<unknown> => orNull(NO_SUCH_ENTITY, run);

/** IAM returns documents in the encoding of URLs. */
export const isDocument = (encoded: string | undefined, expected: PolicyDocument): boolean => {
  if (encoded === undefined) return false;
  try {
    return isDeepStrictEqual(JSON.parse(decodeURIComponent(encoded)), expected);
  } catch {
    return false;
  }
};

export function roleStep(context: AwsContext, spec: RoleSpec): Step {
  const { iam } = context.clients;
  const { name: RoleName, trust, policy } = spec;
  const putPolicy = () =>
    iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME, PolicyDocument: JSON.stringify(policy) }),
    );
  return resourceStep<FoundRole>(context, {
    id: spec.id,
    title: `IAM role ${RoleName}`,
    needs: spec.needs ?? [],
    region: null,
    async read() {
      const role = await orNull(NO_SUCH_ENTITY, () => iam.send(new GetRoleCommand({ RoleName })));
      if (!role?.Role) return null;
      const found = await orNull(NO_SUCH_ENTITY, () =>
        iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME })),
      );
      return { role: role.Role, policy: found?.PolicyDocument };
    },
    tagsOf: ({ role }) => tagRecord(role.Tags),
    differences: (found) => [
      ...(isDocument(found.role.AssumeRolePolicyDocument, trust) ? [] : ['trust policy changes']),
      ...(isDocument(found.policy, policy) ? [] : [found.policy ? 'policy changes' : 'policy is missing']),
    ],
    async create() {
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          Description: spec.description,
          AssumeRolePolicyDocument: JSON.stringify(trust),
          Tags: tagList(context.names.tags),
        }),
      );
      await putPolicy();
    },
    async update(found) {
      if (!isDocument(found.role.AssumeRolePolicyDocument, trust)) {
        const PolicyDocument = JSON.stringify(trust);
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      }
      if (!isDocument(found.policy, policy)) await putPolicy();
    },
    async delete() {
      const inline = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      for (const PolicyName of inline.PolicyNames ?? [])
        await gone(() => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
      const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      for (const { PolicyArn } of attached.AttachedPolicies ?? [])
        await gone(() => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
  });
}
