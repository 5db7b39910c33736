// Owns the ARNs of everything that a mesh has on AWS. Pure.
import type { Names } from '../names.ts';
import { partitionOf } from './regions.ts';

interface Owner {
  readonly accountId: string;
  readonly names: Names;
}

const arn = (service: string, region: string, accountId: string, rest: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${rest}`;

export const functionArn = ({ accountId }: Owner, region: string, name: string): string =>
  arn('lambda', region, accountId, `function:${name}`);

export const logGroupArn = ({ accountId }: Owner, region: string, name: string): string =>
  arn('logs', region, accountId, `log-group:${name}`);

/** The name of a parameter begins with a slash, and its ARN has that one only. */
export const parameterArn = ({ accountId }: Owner, region: string, name: string): string =>
  arn('ssm', region, accountId, `parameter${name}`);

export const scheduleGroupArn = ({ accountId, names }: Owner, region: string): string =>
  arn('scheduler', region, accountId, `schedule-group/${names.scheduleGroup}`);

export const scheduleArn = ({ accountId, names }: Owner, region: string): string =>
  arn('scheduler', region, accountId, `schedule/${names.scheduleGroup}/${names.schedule}`);

/** `region` is any of the partition. */
export const roleArn = ({ accountId }: Owner, region: string, name: string): string =>
  `arn:${partitionOf(region)}:iam::${accountId}:role/${name}`;

export const userArn = ({ accountId }: Owner, region: string, name: string): string =>
  `arn:${partitionOf(region)}:iam::${accountId}:user/${name}`;

export const bucketArn = ({ accountId, names }: Owner, region: string): string =>
  `arn:${partitionOf(region)}:s3:::${names.bucket(accountId)}`;
