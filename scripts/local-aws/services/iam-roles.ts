// Owns roles in the local IAM: docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and its neighbours.
import type * as sdk from '@aws-sdk/client-iam';
import { type Role, uniqueId } from '../account.ts';
import { AwsError } from '../errors.ts';
import { checkPolicy } from '../policy-document.ts';
import type { Context, Handler } from '../service.ts';
import { tagList, tagsOf } from '../tags.ts';
import {
  checkName,
  deletePolicy,
  escapeDocument,
  getPolicy,
  noSuchEntity,
  putPolicy,
  tagIdentity,
} from './iam-policies.ts';

/** A role that was made a moment ago may not be found yet. */
function findRole(name: string | undefined, { account, faults, now }: Context): Role {
  const role = account.roles.get(name ?? '');
  if (!role || now < role.createdAt + faults.roleVisibleAfterMs)
    throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

const describe = (role: Role): sdk.Role => ({
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  Path: role.path,
  CreateDate: new Date(role.createdAt),
  AssumeRolePolicyDocument: escapeDocument(role.trust),
  MaxSessionDuration: role.maxSessionSeconds,
  ...(role.description === undefined ? {} : { Description: role.description }),
  ...(role.tags.size > 0 ? { Tags: tagList(role.tags) } : {}),
});

export const ROLE_OPERATIONS: Readonly<Record<string, Handler>> = {
  CreateRole(input: sdk.CreateRoleRequest, { account, now }: Context): sdk.CreateRoleResponse {
    const name = checkName(input.RoleName, 'roleName');
    if (account.roles.has(name))
      throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    const path = input.Path ?? '/';
    const role: Role = {
      name,
      path,
      arn: `arn:aws:iam::${account.id}:role${path}${name}`,
      id: uniqueId('AROA'),
      createdAt: now,
      tags: tagsOf(input.Tags),
      policies: new Map(),
      trust: checkPolicy(input.AssumeRolePolicyDocument, 'trust'),
      description: input.Description,
      maxSessionSeconds: input.MaxSessionDuration ?? 3_600,
    };
    account.roles.set(name, role);
    return { Role: describe(role) };
  },
  GetRole: (input: sdk.GetRoleRequest, context: Context): sdk.GetRoleResponse => ({
    Role: describe(findRole(input.RoleName, context)),
  }),
  ListRoles: (_input: sdk.ListRolesRequest, { account }: Context): sdk.ListRolesResponse => ({
    Roles: [...account.roles.values()].map((role) => ({ ...describe(role), Tags: undefined })),
    IsTruncated: false,
  }),
  UpdateAssumeRolePolicy(input: sdk.UpdateAssumeRolePolicyRequest, context: Context): object {
    findRole(input.RoleName, context).trust = checkPolicy(input.PolicyDocument, 'trust');
    return {};
  },
  PutRolePolicy(input: sdk.PutRolePolicyRequest, context: Context): object {
    putPolicy(findRole(input.RoleName, context), input.PolicyName, input.PolicyDocument);
    return {};
  },
  GetRolePolicy: (input: sdk.GetRolePolicyRequest, context: Context): sdk.GetRolePolicyResponse => ({
    RoleName: input.RoleName,
    PolicyName: input.PolicyName,
    PolicyDocument: getPolicy(findRole(input.RoleName, context), 'role', input.PolicyName),
  }),
  ListRolePolicies: (input: sdk.ListRolePoliciesRequest, context: Context): sdk.ListRolePoliciesResponse => ({
    PolicyNames: [...findRole(input.RoleName, context).policies.keys()],
    IsTruncated: false,
  }),
  ListAttachedRolePolicies(input: sdk.ListAttachedRolePoliciesRequest, context: Context): object {
    findRole(input.RoleName, context);
    return { AttachedPolicies: [], IsTruncated: false };
  },
  DeleteRolePolicy(input: sdk.DeleteRolePolicyRequest, context: Context): object {
    deletePolicy(findRole(input.RoleName, context), 'role', input.PolicyName);
    return {};
  },
  TagRole(input: sdk.TagRoleRequest, context: Context): object {
    tagIdentity(findRole(input.RoleName, context), tagsOf(input.Tags));
    return {};
  },
  ListRoleTags: (input: sdk.ListRoleTagsRequest, context: Context): sdk.ListRoleTagsResponse => ({
    Tags: tagList(findRole(input.RoleName, context).tags),
    IsTruncated: false,
  }),
  DeleteRole(input: sdk.DeleteRoleRequest, context: Context): object {
    const role = findRole(input.RoleName, context);
    if (role.policies.size > 0)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.', 409);
    context.account.roles.delete(role.name);
    return {};
  },
};
