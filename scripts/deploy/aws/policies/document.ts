// Owns the form of an IAM policy, and what the policies of a mesh are made for. Pure.
import type { Names } from '../../names.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal?: string | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** The mesh that a policy is for. */
export interface Scope {
  readonly accountId: string;
  readonly names: Names;
}

export const policyOf = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** Streams and events of a group. The group itself is made by the deployment, so that a function cannot make others. */
export const writeLogs = (groupArns: readonly string[]): Statement => ({
  Sid: 'WriteOwnLogs',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: groupArns.map((arn) => `${arn}:*`),
});

/** Who may take on a role: one service of AWS. */
export const trustOf = (service: string, condition?: Statement['Condition']): PolicyDocument =>
  policyOf({
    Sid: 'TakenOnBy',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    ...(condition && { Condition: condition }),
  });
