import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteConflictException,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  EntityAlreadyExistsException,
  GetAccessKeyLastUsedCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  LimitExceededException,
  ListAccessKeysCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  MalformedPolicyDocumentException,
  NoSuchEntityException,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  TagRoleCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  type AwsHarness,
  createRole,
  policyOf,
  startAwsHarness,
  trustOf,
} from '../../support/aws/aws-harness.ts';

let harness: AwsHarness;

beforeAll(async () => {
  harness = await startAwsHarness();
});
afterAll(() => harness.stop());

test('the caller of the local AWS is the user of the key', async () => {
  const identity = await harness.sts.send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/deployer` });
  expect(identity.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
});

describe('roles of the local AWS', () => {
  test('a role keeps its trust, its tags and its policies', async () => {
    const { iam } = harness;
    const Tags = [{ Key: 'probemesh:mesh', Value: 'a b & <c>' }];
    const AssumeRolePolicyDocument = trustOf('lambda');
    await iam.send(
      new CreateRoleCommand({ RoleName: 'kept', AssumeRolePolicyDocument, Tags, Description: 'x' }),
    );
    await iam.send(new TagRoleCommand({ RoleName: 'kept', Tags: [{ Key: 'more', Value: '' }] }));
    const PolicyDocument = policyOf('logs:PutLogEvents', '*');
    await iam.send(new PutRolePolicyCommand({ RoleName: 'kept', PolicyName: 'logs', PolicyDocument }));

    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'kept' }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(AssumeRolePolicyDocument);
    expect(Role?.CreateDate).toBeInstanceOf(Date);
    const { Tags: tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'kept' }));
    expect(tags).toEqual([...Tags, { Key: 'more', Value: '' }]);
    const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName: 'kept' }));
    expect(PolicyNames).toEqual(['logs']);
    const got = await iam.send(new GetRolePolicyCommand({ RoleName: 'kept', PolicyName: 'logs' }));
    expect(decodeURIComponent(got.PolicyDocument ?? '')).toBe(PolicyDocument);

    await expect(iam.send(new DeleteRoleCommand({ RoleName: 'kept' }))).rejects.toBeInstanceOf(
      DeleteConflictException,
    );
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'kept', PolicyName: 'logs' }));
    await iam.send(new DeleteRoleCommand({ RoleName: 'kept' }));
    await expect(iam.send(new GetRoleCommand({ RoleName: 'kept' }))).rejects.toBeInstanceOf(
      NoSuchEntityException,
    );
  });

  test('the trust of a role can be replaced', async () => {
    const RoleName = 'retrusted';
    await createRole(harness.iam, RoleName);
    const update = (PolicyDocument: string) =>
      harness.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await expect(update(policyOf('sts:AssumeRole', '*'))).rejects.toBeInstanceOf(
      MalformedPolicyDocumentException,
    );
    await update(trustOf('scheduler'));
    const { Role } = await harness.iam.send(new GetRoleCommand({ RoleName }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trustOf('scheduler'));
  });

  test('a second role of the same name is rejected', async () => {
    await createRole(harness.iam, 'twice');
    await expect(createRole(harness.iam, 'twice')).rejects.toBeInstanceOf(EntityAlreadyExistsException);
  });

  test.each([
    ['no JSON', '{'],
    ['no version', JSON.stringify({ Statement: [] })],
    ['no statement', JSON.stringify({ Version: '2012-10-17', Statement: [] })],
    [
      'no resource',
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'a:B' }] }),
    ],
    ['an action without a service', policyOf('GetObject', '*')],
    ['another effect', policyOf('s3:GetObject', '*').replace('Allow', 'Maybe')],
    ['a principal', trustOf('lambda')],
  ])('a policy with %s is malformed', async (_what, PolicyDocument) => {
    await createRole(harness.iam, 'malformed').catch(() => {});
    const put = new PutRolePolicyCommand({ RoleName: 'malformed', PolicyName: 'p', PolicyDocument });
    await expect(harness.iam.send(put)).rejects.toBeInstanceOf(MalformedPolicyDocumentException);
  });
});

describe('users of the local AWS', () => {
  test('a user has at most two access keys, and leaves after its keys and policies', async () => {
    const { iam } = harness;
    const UserName = 'coordinator';
    await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'a', Value: 'b' }] }));
    expect((await iam.send(new GetUserCommand({ UserName }))).User?.Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    const PolicyDocument = policyOf('lambda:InvokeFunction', '*');
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'invoke', PolicyDocument }));
    const first = (await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey!;
    await iam.send(new CreateAccessKeyCommand({ UserName }));
    await expect(iam.send(new CreateAccessKeyCommand({ UserName }))).rejects.toBeInstanceOf(
      LimitExceededException,
    );

    const credentials = { accessKeyId: first.AccessKeyId!, secretAccessKey: first.SecretAccessKey! };
    const { sts } = harness.clientsOf('us-east-1', credentials);
    const lastUsed = new GetAccessKeyLastUsedCommand({ AccessKeyId: credentials.accessKeyId });
    expect((await iam.send(lastUsed)).AccessKeyLastUsed).toMatchObject({ ServiceName: 'N/A', Region: 'N/A' });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(/user\/coordinator$/);
    expect((await iam.send(lastUsed)).AccessKeyLastUsed).toMatchObject({
      ServiceName: 'sts',
      Region: 'us-east-1',
    });

    const inactive = { UserName, AccessKeyId: credentials.accessKeyId, Status: 'Inactive' as const };
    await iam.send(new UpdateAccessKeyCommand(inactive));
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    });

    const conflict = expect(iam.send(new DeleteUserCommand({ UserName }))).rejects;
    await conflict.toBeInstanceOf(DeleteConflictException);
    const { AccessKeyMetadata: keys = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
    expect(keys.map(({ Status }) => Status)).toEqual(['Inactive', 'Active']);
    for (const { AccessKeyId } of keys) await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toBeInstanceOf(
      DeleteConflictException,
    );
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'invoke' }));
    await iam.send(new DeleteUserCommand({ UserName }));
    expect(harness.aws.state.users.has(UserName)).toBe(false);
  });
});
