// Owns IAM as a service of the local AWS: its protocol, and the permission that each call needs.
// docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
import * as sdk from '@aws-sdk/client-iam';
import type { Service } from '../service.ts';
import { ROLE_OPERATIONS } from './iam-roles.ts';
import { ownerOf, USER_OPERATIONS } from './iam-users.ts';

interface Named {
  readonly RoleName?: string;
  readonly UserName?: string;
  readonly AccessKeyId?: string;
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
}

export const IAM: Service = {
  name: 'iam',
  protocol: 'query',
  sdk,
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  operations: { ...ROLE_OPERATIONS, ...USER_OPERATIONS },
  permissions(operation, input: Named, context) {
    const { account, principal } = context;
    const caller = principal.type === 'user' ? principal.user.name : '*';
    const user = input.UserName ?? ownerOf(input.AccessKeyId, context)?.name ?? caller;
    const isOfRoles = Object.hasOwn(ROLE_OPERATIONS, operation);
    const name = isOfRoles ? `role/${input.RoleName ?? '*'}` : `user/${user}`;
    const resource = `arn:aws:iam::${account.id}:${name}`;
    const permissions = [{ action: `iam:${operation}`, resource }];
    if (/^Create(Role|User)$/.test(operation) && (input.Tags ?? []).length > 0)
      permissions.push({ action: isOfRoles ? 'iam:TagRole' : 'iam:TagUser', resource });
    return permissions;
  },
};
