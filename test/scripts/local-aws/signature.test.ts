import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, GetUserCommand } from '@aws-sdk/client-iam';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { GetScheduleGroupCommand } from '@aws-sdk/client-scheduler';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsHarness, type Clients, DEPLOYER, startAwsHarness } from '../../support/aws/aws-harness.ts';

let harness: AwsHarness;

beforeAll(async () => {
  harness = await startAwsHarness();
});
afterAll(() => harness.stop());

const READS: readonly (readonly [string, (clients: Clients) => Promise<unknown>, Errors])[] = [
  ['STS', ({ sts }) => sts.send(new GetCallerIdentityCommand({})), errorsOf('query')],
  ['IAM', ({ iam }) => iam.send(new GetUserCommand({})), errorsOf('query')],
  ['Lambda', ({ lambda }) => lambda.send(new ListFunctionsCommand({})), errorsOf('json')],
  ['Logs', ({ logs }) => logs.send(new DescribeLogGroupsCommand({})), errorsOf('json')],
  [
    'Scheduler',
    ({ scheduler }) => scheduler.send(new GetScheduleGroupCommand({ Name: 'default' })),
    errorsOf('json'),
  ],
  ['SSM', ({ ssm }) => ssm.send(new GetParameterCommand({ Name: '/signed' })), errorsOf('json')],
  ['S3', ({ s3 }) => s3.send(new ListBucketsCommand({})), errorsOf('s3')],
];

interface Errors {
  readonly unknownKey: string;
  readonly wrongSecret: string;
  readonly expired: string;
}

function errorsOf(protocol: 'query' | 'json' | 's3'): Errors {
  if (protocol === 'query')
    return {
      unknownKey: 'InvalidClientTokenId',
      wrongSecret: 'SignatureDoesNotMatch',
      expired: 'SignatureDoesNotMatch',
    };
  if (protocol === 's3')
    return {
      unknownKey: 'InvalidAccessKeyId',
      wrongSecret: 'SignatureDoesNotMatch',
      expired: 'RequestTimeTooSkewed',
    };
  const wrongSecret = 'InvalidSignatureException';
  return { unknownKey: 'UnrecognizedClientException', wrongSecret, expired: wrongSecret };
}

describe.each(READS)('requests to %s of the local AWS', (service, read, errors) => {
  beforeAll(() =>
    harness.ssm.send(
      new PutParameterCommand({ Name: '/signed', Value: 'x', Type: 'String', Overwrite: true }),
    ),
  );
  const clientsWith = (changes: object, more: object = {}): Clients =>
    harness.clientsOf('eu-central-1', { ...DEPLOYER, ...changes }, more);

  test('the right key is accepted', async () => {
    await read(harness);
  });

  test('an unknown key, another secret and a clock that is ten minutes slow are rejected, each as AWS does', async () => {
    const name = (wanted: string) => expect.objectContaining({ name: wanted });
    const attempt = (clients: Clients) => read(clients).catch((error: unknown) => error);
    expect(await attempt(clientsWith({ accessKeyId: 'AKIAUNKNOWN000000000' }))).toEqual(
      name(errors.unknownKey),
    );
    expect(await attempt(clientsWith({ secretAccessKey: 'wrong' }))).toEqual(name(errors.wrongSecret));
    expect(await attempt(clientsWith({}, { systemClockOffset: -600_000 }))).toEqual(name(errors.expired));
  });

  test('a region that is not enabled rejects the key, and the others go on', async () => {
    harness.aws.faults.disabledRegions = ['me-central-1'];
    const there = read(harness.clientsOf('me-central-1')).catch((error: Error) => error.name);
    if (service !== 'IAM') expect(await there).toBe(errors.unknownKey);
    // It is one for all regions.
    else expect(await there).toMatchObject({ User: { UserName: 'deployer' } });
    await read(harness);
    harness.aws.faults.disabledRegions = [];
  });
});

test('a new access key is rejected until it has reached all of AWS', async () => {
  harness.aws.faults.accessKeyUsableAfterMs = 200;
  await harness.iam.send(new CreateUserCommand({ UserName: 'new' }));
  const { AccessKey } = await harness.iam.send(new CreateAccessKeyCommand({ UserName: 'new' }));
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const { sts } = harness.clientsOf('eu-central-1', credentials);
  const who = () => sts.send(new GetCallerIdentityCommand({}));
  await expect(who()).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  await expect.poll(() => who().then(({ Arn }) => Arn, String)).toMatch(/user\/new$/);
});

describe('requests that are changed on their way', () => {
  test.each([
    [
      'another body',
      (request: Captured) => ({ ...request, body: request.body.replace('/signed', '/other') }),
    ],
    [
      'another operation',
      (request: Captured) => withHeader(request, 'x-amz-target', 'AmazonSSM.DeleteParameter'),
    ],
    [
      'another region',
      (request: Captured) =>
        withHeader(
          request,
          'authorization',
          request.headers.authorization!.replace('eu-central-1', 'us-east-1'),
        ),
    ],
    [
      'another service',
      (request: Captured) =>
        withHeader(request, 'authorization', request.headers.authorization!.replace('/ssm/', '/logs/')),
    ],
    [
      'half a signature',
      (request: Captured) =>
        withHeader(request, 'authorization', request.headers.authorization!.slice(0, -10)),
    ],
  ])('%s is rejected', async (_what, change) => {
    const request = await capture();
    expect((await replay(request)).status).toBe(200);
    const { status } = await replay(change(request));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  test('without a signature, nothing but S3 answers, and not with what is private', async () => {
    const { headers, ...request } = await capture();
    const { authorization: _none, ...unsigned } = headers;
    const response = await replay({ ...request, headers: unsigned });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { __type: 'MissingAuthenticationTokenException' },
    ]);
    expect((await fetch(`${harness.aws.url}/`)).status).toBe(403);
    expect((await fetch(`${harness.aws.url}/2015-03-31/functions`)).status).toBe(403);
  });
});

interface Captured {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const withHeader = (request: Captured, name: string, value: string): Captured => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

async function capture(): Promise<Captured> {
  const { ssm } = harness.clientsOf('eu-central-1');
  let captured: Captured | undefined;
  ssm.middlewareStack.add(
    (next) => (args) => {
      captured = args.request as Captured;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await ssm.send(new GetParameterCommand({ Name: '/signed' }));
  return { headers: captured!.headers, body: captured!.body };
}

const replay = ({ headers: { host: _host, 'content-length': _length, ...headers }, body }: Captured) =>
  fetch(harness.aws.url, { method: 'POST', headers, body });
