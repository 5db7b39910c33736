import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  InvalidParameterException,
  ListTagsForResourceCommand as ListLogTagsCommand,
  ResourceNotFoundException as LogGroupNotFound,
  PutRetentionPolicyCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand as ListParameterTagsCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsHarness, startAwsHarness } from '../../support/aws/aws-harness.ts';

let harness: AwsHarness;

beforeAll(async () => {
  harness = await startAwsHarness();
});
afterAll(() => harness.stop());

describe('log groups of the local AWS', () => {
  test('a group keeps its retention and its tags, and leaves', async () => {
    const { logs } = harness;
    const logGroupName = '/aws/lambda/acme-probe';
    await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { 'probemesh:mesh': 'acme' } }));
    const again = logs.send(new CreateLogGroupCommand({ logGroupName }));
    await expect(again).rejects.toBeInstanceOf(ResourceAlreadyExistsException);
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));

    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/acme' }),
    );
    expect(logGroups).toMatchObject([{ logGroupName, retentionInDays: 14 }]);
    expect(logGroups[0]?.arn).toBe(`${logGroups[0]?.logGroupArn}:*`);
    const resourceArn = logGroups[0]?.logGroupArn;
    const { tags } = await logs.send(new ListLogTagsCommand({ resourceArn }));
    expect(tags).toEqual({ 'probemesh:mesh': 'acme' });
    const withStar = logs.send(new ListLogTagsCommand({ resourceArn: logGroups[0]?.arn }));
    await expect(withStar).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Invalid resourceArn',
    });

    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    const gone = logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
    await expect(gone).rejects.toBeInstanceOf(LogGroupNotFound);
  });

  test('only the retentions that AWS has are accepted', async () => {
    await harness.logs.send(new CreateLogGroupCommand({ logGroupName: 'odd' }));
    const put = new PutRetentionPolicyCommand({ logGroupName: 'odd', retentionInDays: 15 });
    await expect(harness.logs.send(put)).rejects.toBeInstanceOf(InvalidParameterException);
  });

  test('many groups come in pages', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `many/${String(index).padStart(2, '0')}`);
    for (const logGroupName of names) await harness.logs.send(new CreateLogGroupCommand({ logGroupName }));
    const found: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await harness.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: 'many/', nextToken }),
      );
      found.push(...(page.logGroups ?? []).map((group) => group.logGroupName));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(found).toEqual(names);
  });
});

describe('parameters of the local AWS', () => {
  const put = (Name: string, Value: string, more: object = {}) =>
    harness.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));

  test('a parameter has one more version after each overwrite, and keeps its tags', async () => {
    const Name = '/acme/state';
    const Tags = [{ Key: 'probemesh:mesh', Value: 'acme' }];
    expect(await put(Name, 'a', { Tags })).toMatchObject({ Version: 1 });
    await expect(put(Name, 'b')).rejects.toBeInstanceOf(ParameterAlreadyExists);
    await expect(put(Name, 'b', { Overwrite: true, Tags })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("tags and overwrite can't be used together"),
    });
    expect(await put(Name, 'b', { Overwrite: true })).toMatchObject({ Version: 2 });
    const { Parameter } = await harness.ssm.send(new GetParameterCommand({ Name }));
    expect(Parameter).toMatchObject({ Name, Value: 'b', Version: 2, Type: 'String' });
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    const resource = { ResourceType: 'Parameter' as const, ResourceId: Name };
    await harness.ssm.send(
      new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'more', Value: 'y' }] }),
    );
    const { TagList } = await harness.ssm.send(new ListParameterTagsCommand(resource));
    expect(TagList).toEqual([...Tags, { Key: 'more', Value: 'y' }]);
    await harness.ssm.send(new DeleteParameterCommand({ Name }));
    await expect(harness.ssm.send(new GetParameterCommand({ Name }))).rejects.toBeInstanceOf(
      ParameterNotFound,
    );
  });

  test('a secret is readable with decryption only', async () => {
    await put('/acme/secrets', 'the secret', { Type: 'SecureString' });
    const get = (WithDecryption: boolean) =>
      harness.ssm.send(new GetParameterCommand({ Name: '/acme/secrets', WithDecryption }));
    expect((await get(true)).Parameter?.Value).toBe('the secret');
    expect((await get(false)).Parameter?.Value).not.toContain('the secret');
  });

  test('a value has at most 4,096 bytes, and a new parameter needs a type', async () => {
    await put('/acme/long', 'x'.repeat(4_096));
    await expect(put('/acme/longer', 'x'.repeat(4_097))).rejects.toThrow(/maximum parameter value of 4096/);
    await expect(put('/acme/typeless', 'x', { Type: undefined })).rejects.toThrow(/type is required/);
    await expect(put('/aws/mine', 'x')).rejects.toThrow(/can't be prefixed/);
  });

  test('a parameter of one region is not in another', async () => {
    await put('/acme/here', 'x');
    const { ssm } = harness.clientsOf('us-east-1');
    await expect(ssm.send(new GetParameterCommand({ Name: '/acme/here' }))).rejects.toBeInstanceOf(
      ParameterNotFound,
    );
  });
});
