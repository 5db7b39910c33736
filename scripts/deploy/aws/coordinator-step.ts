// Owns the step of the coordinator's IAM user, which may invoke the probes of its regions. Does not make its access key.
import {
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
  type User,
} from '@aws-sdk/client-iam';
import type { Step } from '../step.ts';
import type { AwsContext } from './context.ts';
import { coordinatorPolicy } from './policies/coordinator.ts';
import { resourceStep, tagList, tagRecord } from './resource-step.ts';
import { gone, isDocument, NO_SUCH_ENTITY, POLICY_NAME } from './role-step.ts';
import { orNull } from './waiting.ts';

interface FoundUser {
  readonly user: User;
  readonly policy: string | undefined;
}

export function coordinatorStep(context: AwsContext, id: string): Step {
  const { iam } = context.clients;
  const UserName = context.names.coordinator;
  const policy = coordinatorPolicy(context, context.settings.regions);
  const putPolicy = () =>
    iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: POLICY_NAME, PolicyDocument: JSON.stringify(policy) }),
    );
  return resourceStep<FoundUser>(context, {
    id,
    title: `IAM user ${UserName}`,
    needs: [],
    region: null,
    async read() {
      const user = await orNull(NO_SUCH_ENTITY, () => iam.send(new GetUserCommand({ UserName })));
      if (!user?.User) return null;
      const found = await orNull(NO_SUCH_ENTITY, () =>
        iam.send(new GetUserPolicyCommand({ UserName, PolicyName: POLICY_NAME })),
      );
      return { user: user.User, policy: found?.PolicyDocument };
    },
    tagsOf: ({ user }) => tagRecord(user.Tags),
    differences: (found) =>
      isDocument(found.policy, policy) ? [] : [found.policy ? 'policy changes' : 'policy is missing'],
    async create() {
      await iam.send(new CreateUserCommand({ UserName, Tags: tagList(context.names.tags) }));
      await putPolicy();
    },
    async update() {
      await putPolicy();
    },
    async delete() {
      const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
      for (const { AccessKeyId } of AccessKeyMetadata)
        await gone(() => iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })));
      const inline = await iam.send(new ListUserPoliciesCommand({ UserName }));
      for (const PolicyName of inline.PolicyNames ?? [])
        await gone(() => iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })));
      const attached = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
      for (const { PolicyArn } of attached.AttachedPolicies ?? [])
        await gone(() => iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn })));
      await iam.send(new DeleteUserCommand({ UserName }));
    },
  });
}
