// Owns what the world may do with the copy of the public pages: read an object whose name it knows.
import { bucketArn } from '../arns.ts';
import { type PolicyDocument, policyOf, type Scope } from './document.ts';

export const pageBucketPolicy = (scope: Scope, region: string): PolicyDocument =>
  policyOf({
    Sid: 'ReadPages',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `${bucketArn(scope, region)}/*`,
  });
