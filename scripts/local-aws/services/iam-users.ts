// Owns users and their access keys in the local IAM: docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html and its
// neighbours.
import type * as sdk from '@aws-sdk/client-iam';
import { type AccessKey, newSecret, type User, uniqueId } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context, Handler } from '../service.ts';
import { tagList, tagsOf } from '../tags.ts';
import { checkName, deletePolicy, getPolicy, noSuchEntity, putPolicy, tagIdentity } from './iam-policies.ts';

/** docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_ACCESS_KEYS = 2;

/** Without a name, the user who asks. */
function findUser(name: string | undefined, { account, principal }: Context): User {
  const wanted = name ?? (principal.type === 'user' ? principal.user.name : '');
  const user = account.users.get(wanted);
  if (!user) throw noSuchEntity(`The user with name ${wanted} cannot be found.`);
  return user;
}

function findKey(user: User, id: string | undefined): AccessKey {
  const key = user.keys.find((one) => one.id === id);
  if (!key) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return key;
}

export const ownerOf = (accessKeyId: string | undefined, { account }: Context): User | undefined =>
  [...account.users.values()].find((user) => user.keys.some(({ id }) => id === accessKeyId));

const describe = (user: User): sdk.User => ({
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  Path: user.path,
  CreateDate: new Date(user.createdAt),
  ...(user.tags.size > 0 ? { Tags: tagList(user.tags) } : {}),
});

const statusOf = ({ isActive }: AccessKey): 'Active' | 'Inactive' => (isActive ? 'Active' : 'Inactive');

export function newUser(accountId: string, name: string, now: number, path = '/'): User {
  return {
    name,
    path,
    arn: `arn:aws:iam::${accountId}:user${path}${name}`,
    id: uniqueId('AIDA'),
    createdAt: now,
    tags: new Map(),
    policies: new Map(),
    keys: [],
  };
}

export const USER_OPERATIONS: Readonly<Record<string, Handler>> = {
  CreateUser(input: sdk.CreateUserRequest, { account, now }: Context): sdk.CreateUserResponse {
    const name = checkName(input.UserName, 'userName');
    if (account.users.has(name))
      throw new AwsError('EntityAlreadyExists', `User with name ${name} already exists.`, 409);
    const user = newUser(account.id, name, now, input.Path);
    tagIdentity(user, tagsOf(input.Tags));
    account.users.set(name, user);
    return { User: describe(user) };
  },
  GetUser: (input: sdk.GetUserRequest, context: Context): sdk.GetUserResponse => ({
    User: describe(findUser(input.UserName, context)),
  }),
  TagUser(input: sdk.TagUserRequest, context: Context): object {
    tagIdentity(findUser(input.UserName, context), tagsOf(input.Tags));
    return {};
  },
  ListUserTags: (input: sdk.ListUserTagsRequest, context: Context): sdk.ListUserTagsResponse => ({
    Tags: tagList(findUser(input.UserName, context).tags),
    IsTruncated: false,
  }),
  PutUserPolicy(input: sdk.PutUserPolicyRequest, context: Context): object {
    putPolicy(findUser(input.UserName, context), input.PolicyName, input.PolicyDocument);
    return {};
  },
  GetUserPolicy: (input: sdk.GetUserPolicyRequest, context: Context): sdk.GetUserPolicyResponse => ({
    UserName: input.UserName,
    PolicyName: input.PolicyName,
    PolicyDocument: getPolicy(findUser(input.UserName, context), 'user', input.PolicyName),
  }),
  ListUserPolicies: (input: sdk.ListUserPoliciesRequest, context: Context): sdk.ListUserPoliciesResponse => ({
    PolicyNames: [...findUser(input.UserName, context).policies.keys()],
    IsTruncated: false,
  }),
  ListAttachedUserPolicies(input: sdk.ListAttachedUserPoliciesRequest, context: Context): object {
    findUser(input.UserName, context);
    return { AttachedPolicies: [], IsTruncated: false };
  },
  DeleteUserPolicy(input: sdk.DeleteUserPolicyRequest, context: Context): object {
    deletePolicy(findUser(input.UserName, context), 'user', input.PolicyName);
    return {};
  },
  CreateAccessKey(input: sdk.CreateAccessKeyRequest, context: Context): sdk.CreateAccessKeyResponse {
    const user = findUser(input.UserName, context);
    if (user.keys.length >= MAX_ACCESS_KEYS)
      throw new AwsError(
        'LimitExceeded',
        `Cannot exceed quota for AccessKeysPerUser: ${MAX_ACCESS_KEYS}`,
        409,
      );
    const key: AccessKey = {
      id: uniqueId('AKIA'),
      secret: newSecret(),
      createdAt: context.now,
      isActive: true,
      lastUsed: null,
    };
    user.keys.push(key);
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: key.id,
        SecretAccessKey: key.secret,
        Status: statusOf(key),
        CreateDate: new Date(key.createdAt),
      },
    };
  },
  ListAccessKeys(input: sdk.ListAccessKeysRequest, context: Context): sdk.ListAccessKeysResponse {
    const user = findUser(input.UserName, context);
    return {
      AccessKeyMetadata: user.keys.map((key) => ({
        UserName: user.name,
        AccessKeyId: key.id,
        Status: statusOf(key),
        CreateDate: new Date(key.createdAt),
      })),
      IsTruncated: false,
    };
  },
  UpdateAccessKey(input: sdk.UpdateAccessKeyRequest, context: Context): object {
    findKey(findUser(input.UserName, context), input.AccessKeyId).isActive = input.Status === 'Active';
    return {};
  },
  DeleteAccessKey(input: sdk.DeleteAccessKeyRequest, context: Context): object {
    const user = findUser(input.UserName, context);
    user.keys.splice(user.keys.indexOf(findKey(user, input.AccessKeyId)), 1);
    return {};
  },
  GetAccessKeyLastUsed(
    input: sdk.GetAccessKeyLastUsedRequest,
    context: Context,
  ): sdk.GetAccessKeyLastUsedResponse {
    const user = ownerOf(input.AccessKeyId, context);
    // AWS denies access where the key does not exist.
    if (!user)
      throw new AwsError('AccessDenied', `The Access Key with id ${input.AccessKeyId} cannot be found.`, 403);
    const { lastUsed } = findKey(user, input.AccessKeyId);
    return {
      UserName: user.name,
      AccessKeyLastUsed: {
        ServiceName: lastUsed?.service ?? 'N/A',
        Region: lastUsed?.region ?? 'N/A',
        ...(lastUsed ? { LastUsedDate: new Date(lastUsed.at) } : {}),
      },
    } as sdk.GetAccessKeyLastUsedResponse;
  },
  DeleteUser(input: sdk.DeleteUserRequest, context: Context): object {
    const user = findUser(input.UserName, context);
    if (user.keys.length > 0)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete access keys first.', 409);
    if (user.policies.size > 0)
      throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.', 409);
    context.account.users.delete(user.name);
    return {};
  },
};
