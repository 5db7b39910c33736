// Requests that are signed well and make no sense: each is the caller's fault, and changes nothing.
import { Sha256 } from '@aws-crypto/sha256-js';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCOUNT, type AwsHarness, DEPLOYER, startAwsHarness } from '../../support/aws/aws-harness.ts';

let harness: AwsHarness;
const log: string[] = [];

beforeAll(async () => {
  harness = await startAwsHarness({ log: (line) => log.push(line) });
});
afterAll(() => harness.stop());

interface Target {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TARGETS: readonly Target[] = [
  { service: 'logs', method: 'POST', path: '/', headers: { 'x-amz-target': 'Logs_20140328.CreateLogGroup' } },
  { service: 'ssm', method: 'POST', path: '/', headers: { 'x-amz-target': 'AmazonSSM.PutParameter' } },
  { service: 'ssm', method: 'POST', path: '/', headers: { 'x-amz-target': 'AmazonSSM.MakeCoffee' } },
  { service: 'iam', method: 'POST', path: '/' },
  { service: 'sts', method: 'POST', path: '/' },
  { service: 'lambda', method: 'POST', path: '/2015-03-31/functions' },
  { service: 'lambda', method: 'PUT', path: '/2015-03-31/functions/none/code' },
  { service: 'lambda', method: 'GET', path: '/2015-03-31/%25%25' },
  { service: 'scheduler', method: 'POST', path: '/schedules/x' },
  { service: 'scheduler', method: 'POST', path: '/schedules/' },
  { service: 's3', method: 'PUT', path: '/x' },
  { service: 's3', method: 'POST', path: '/none' },
];

const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '7',
  '{"logGroupName":7,"Name":{},"Value":[],"FunctionName":true,"Tags":"x","Code":[],"Target":"x"}',
  '{"logGroupName":"","Name":"","Value":"","Type":"Odd"}',
  '<CreateBucketConfiguration><LocationConstraint>',
  '<a/>',
  'Action=CreateRole&Tags.member.1.Key=x&RoleName=%FF',
  'Action=NoSuchAction',
  '\u0000\u0001',
];

async function send({ service, method, path, headers = {} }: Target, body: string): Promise<Response> {
  const { host } = new URL(harness.aws.url);
  const signer = new SignatureV4({
    credentials: DEPLOYER,
    region: 'eu-central-1',
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const request = { method, protocol: 'http:', hostname: host, path, headers: { host, ...headers }, body };
  const { headers: signed } = await signer.sign({ ...request, query: {} });
  const { host: _host, ...sent } = signed as Record<string, string>;
  const withBody = method === 'GET' ? {} : { body };
  return fetch(`${harness.aws.url}${path}`, { method, headers: sent, ...withBody });
}

describe.each(TARGETS)('garbage for $service at $method $path', (target) => {
  test('is answered as the fault of the caller', async () => {
    for (const body of target.method === 'GET' ? [''] : BODIES) {
      const { status } = await send(target, body);
      expect([body, status >= 400 && status < 500 ? 'rejected' : status]).toEqual([body, 'rejected']);
    }
  });
});

test('after all garbage the local AWS is as it was, and has logged no error', async () => {
  const { Account } = await harness.sts.send(new GetCallerIdentityCommand({}));
  expect(Account).toBe(ACCOUNT);
  expect(log).toEqual([]);
  const { roles, buckets, regions } = harness.aws.state;
  const { logGroups, parameters, functions, schedules } = regions.get('eu-central-1')!;
  expect([roles, buckets, logGroups, parameters, functions, schedules].map(({ size }) => size)).toEqual([
    0, 0, 0, 0, 0, 0,
  ]);
});

test('a path that cannot be decoded is not found, and one that is not signed is forbidden', async () => {
  expect((await fetch(`${harness.aws.url}/%ff/x`)).status).toBeGreaterThanOrEqual(400);
  expect(log).toEqual([]);
});
