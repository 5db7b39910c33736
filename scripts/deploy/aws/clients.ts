// Owns the clients of the SDK, one a service and region, and who the credentials belong to. Does not know of any resource.
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { toDeployError } from './aws-errors.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsClients {
  readonly iam: IAMClient;
  lambda(region: string): LambdaClient;
  logs(region: string): CloudWatchLogsClient;
  s3(region: string): S3Client;
  scheduler(region: string): SchedulerClient;
  ssm(region: string): SSMClient;
  /** With other credentials than the clients' own: whether a new access key works. */
  sts(region: string, credentials?: Credentials): STSClient;
  destroy(): void;
}

export interface ClientOptions {
  /** Where IAM and STS are asked. */
  readonly homeRegion: string;
  /** Undefined: the standard chain of AWS. */
  readonly credentials?: Credentials | undefined;
  /** All services and regions at one address. Undefined: `AWS_ENDPOINT_URL`, else AWS. */
  readonly endpoint?: string | undefined;
  /** A call that is throttled, or that AWS fails to answer, is repeated until then. */
  readonly maxAttempts?: number;
}

export function createClients(options: ClientOptions): AwsClients {
  const { credentials, homeRegion, maxAttempts = 10 } = options;
  const endpoint = options.endpoint ?? (process.env.AWS_ENDPOINT_URL || undefined);
  const shared = (region: string) => ({
    region,
    maxAttempts,
    retryMode: 'standard',
    ...(credentials && { credentials }),
    ...(endpoint && { endpoint }),
  });
  const made: { destroy(): void }[] = [];
  const keep = <T extends { destroy(): void }>(client: T): T => {
    made.push(client);
    return client;
  };
  const perRegion = <T extends { destroy(): void }>(create: (region: string) => T) => {
    const clients = new Map<string, T>();
    return (region: string): T => {
      const client = clients.get(region) ?? keep(create(region));
      clients.set(region, client);
      return client;
    };
  };
  const ownSts = perRegion((region) => new STSClient(shared(region)));
  return {
    iam: keep(new IAMClient(shared(homeRegion))),
    lambda: perRegion((region) => new LambdaClient(shared(region))),
    logs: perRegion((region) => new CloudWatchLogsClient(shared(region))),
    // One address for all buckets cannot have their names in its host name.
    s3: perRegion(
      (region) =>
        new S3Client({
          ...shared(region),
          followRegionRedirects: true,
          ...(endpoint && { forcePathStyle: true }),
        }),
    ),
    scheduler: perRegion((region) => new SchedulerClient(shared(region))),
    ssm: perRegion((region) => new SSMClient(shared(region))),
    sts: (region, other) =>
      other ? keep(new STSClient({ ...shared(region), credentials: other })) : ownSts(region),
    destroy: () => {
      for (const client of made) client.destroy();
    },
  };
}

export interface Caller {
  readonly accountId: string;
  /** The person or program whose credentials these are. */
  readonly arn: string;
}

/** Throws a DeployError if there are no credentials, or if they do not work. */
export async function callerOf(clients: AwsClients, homeRegion: string): Promise<Caller> {
  try {
    const { Account, Arn } = await clients.sts(homeRegion).send(new GetCallerIdentityCommand({}));
    return { accountId: Account!, arn: Arn! };
  } catch (error) {
    throw toDeployError(error, { title: 'AWS credentials', region: null });
  }
}
