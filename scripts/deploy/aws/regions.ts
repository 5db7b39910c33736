// Owns what follows from the name of an AWS region: its partition, and the region that answers for the whole account. Pure.
import { BucketLocationConstraint } from '@aws-sdk/client-s3';

/** China and GovCloud are partitions of their own: other accounts, other endpoints, other ARNs. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Where IAM and STS are asked. It is always enabled. */
export function homeRegionOf(region: string): string {
  return { aws: 'us-east-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }[partitionOf(region)];
}

/** All regions of a region's partition that this version of the SDK knows, enabled or not. */
export function regionsBeside(region: string): string[] {
  // The list of S3 has every region but the one that needs no constraint, and a historical name for eu-west-1.
  const all = ['us-east-1', ...Object.values(BucketLocationConstraint).filter((one) => one !== 'EU')];
  return all.filter((one) => partitionOf(one) === partitionOf(region)).sort();
}
