// Owns a local AWS with real SDK clients for it. Clients of functions and of other principals are made from their keys.
import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { zipSync } from 'fflate';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../../scripts/local-aws/local-aws.ts';
import type { Credentials } from '../../../scripts/local-lambda/signature.ts';

export const ACCOUNT = '123456789012';
export const DEPLOYER: Credentials = {
  accessKeyId: 'AKIADEPLOYER00000000',
  secretAccessKey: randomUUID(),
};

export interface Clients {
  readonly sts: STSClient;
  readonly iam: IAMClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly scheduler: SchedulerClient;
  readonly ssm: SSMClient;
  readonly s3: S3Client;
}

export interface AwsHarness extends Clients {
  readonly aws: LocalAws;
  clientsOf(region: string, credentials?: Credentials, more?: object): Clients;
  stop(): Promise<void>;
}

/** `eu-central-1` unless asked otherwise, and one attempt a call. */
export async function startAwsHarness(options: Partial<LocalAwsOptions> = {}): Promise<AwsHarness> {
  const aws = await startLocalAws({
    port: 0,
    accountId: ACCOUNT,
    users: [{ name: 'deployer', credentials: DEPLOYER }],
    ...options,
  });
  const made: { destroy(): void }[] = [];
  const clientsOf = (region: string, credentials = DEPLOYER, more: object = {}): Clients => {
    const config = { region, credentials, endpoint: aws.url, maxAttempts: 1, ...more };
    const clients = {
      sts: new STSClient(config),
      iam: new IAMClient(config),
      lambda: new LambdaClient(config),
      logs: new CloudWatchLogsClient(config),
      scheduler: new SchedulerClient(config),
      ssm: new SSMClient(config),
      s3: new S3Client({ ...config, forcePathStyle: true }),
    };
    made.push(...Object.values(clients));
    return clients;
  };
  return {
    aws,
    ...clientsOf('eu-central-1'),
    clientsOf,
    async stop() {
      for (const client of made) client.destroy();
      await aws.stop();
    },
  };
}

export const trustOf = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: `${service}.amazonaws.com` } },
    ],
  });

export const policyOf = (Action: string | string[], Resource: string | string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });

/** Its ARN. */
export async function createRole(iam: IAMClient, RoleName: string, service = 'lambda'): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf(service) }),
  );
  return Role?.Arn ?? '';
}

export const zipOf = (code: string, name = 'index.mjs'): Uint8Array =>
  zipSync({ [name]: new TextEncoder().encode(code) });
