// Owns the list of services of the local AWS.
import type { Service } from './service.ts';
import { IAM } from './services/iam.ts';
import { LAMBDA } from './services/lambda.ts';
import { LOGS } from './services/logs.ts';
import { S3 } from './services/s3.ts';
import { SCHEDULER } from './services/scheduler.ts';
import { SSM } from './services/ssm.ts';
import { STS } from './services/sts.ts';

export const SERVICES: ReadonlyMap<string, Service> = new Map(
  [STS, IAM, LAMBDA, LOGS, SCHEDULER, SSM, S3].map((service) => [service.name, service]),
);
