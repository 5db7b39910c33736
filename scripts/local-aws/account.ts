// Owns what an account has: identities, and in each region functions, log groups, schedules and parameters; and buckets.
// Holds data only: operations of services change it.
import { randomBytes } from 'node:crypto';

export type Tags = Map<string, string>;

export interface Identity {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly path: string;
  readonly createdAt: number;
  readonly tags: Tags;
  /** Inline policies: name to document. */
  readonly policies: Map<string, string>;
  /** ARNs of managed policies. What they allow is not known here. */
  readonly attached: Set<string>;
}

export interface Role extends Identity {
  trust: string;
  description: string | undefined;
  readonly maxSessionSeconds: number;
}

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly createdAt: number;
  isActive: boolean;
  lastUsed: { readonly at: number; readonly service: string; readonly region: string } | null;
}

export interface User extends Identity {
  readonly keys: AccessKey[];
}

/** Temporary credentials that a service has of a role. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly roleName: string;
  readonly sessionName: string;
}

export type Principal =
  | { readonly type: 'user'; readonly arn: string; readonly user: User }
  | { readonly type: 'role'; readonly arn: string; readonly role: Role; readonly session: Session }
  | { readonly type: 'anonymous'; readonly arn: 'anonymous' };

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  role: string;
  runtime: string;
  handler: string;
  description: string;
  timeoutSeconds: number;
  memoryMb: number;
  architectures: readonly string[];
  environment: Readonly<Record<string, string>>;
  logGroup: string;
  zip: Uint8Array;
  codeSha256: string;
  lastModified: number;
  revisionId: string;
  /** Pending before it. */
  activeAt: number;
  /** An update is in progress before it. */
  updatedAt: number;
  reservedConcurrency: number | null;
  /** Null: none was ever set, or it was deleted. */
  eventInvoke: EventInvokeSettings | null;
  readonly tags: Tags;
}

/** Of asynchronous invocations, as PutFunctionEventInvokeConfig names them. */
export interface EventInvokeSettings {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly modifiedAt: number;
}

export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  retentionDays: number | null;
  readonly tags: Tags;
}

export interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  /** It is deleted then. */
  deletedAt: number | null;
  readonly clientToken: string | undefined;
  readonly tags: Tags;
}

export interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly clientToken: string | undefined;
  modifiedAt: number;
  /** As given to CreateSchedule or UpdateSchedule. */
  settings: ScheduleSettings;
  lastFiredAt: number | null;
}

export interface ScheduleSettings {
  readonly ScheduleExpression: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Target: { readonly Arn: string; readonly RoleArn: string; readonly Input?: string };
  readonly [other: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly arn: string;
  type: 'String' | 'StringList' | 'SecureString';
  tier: 'Standard' | 'Advanced';
  value: string;
  version: number;
  modifiedAt: number;
  readonly tags: Tags;
}

export interface RegionState {
  readonly functions: Map<string, LambdaFunction>;
  readonly logGroups: Map<string, LogGroup>;
  readonly scheduleGroups: Map<string, ScheduleGroup>;
  /** By `group/name`. */
  readonly schedules: Map<string, Schedule>;
  readonly parameters: Map<string, Parameter>;
}

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly contentType: string;
  readonly cacheControl: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly createdAt: number;
  readonly objects: Map<string, StoredObject>;
  tags: Tags | null;
  policy: string | null;
  /** On by default since 2023. */
  publicAccessBlock: PublicAccessBlock | null;
  lifecycle: readonly object[] | null;
}

export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

export interface Account {
  readonly id: string;
  readonly roles: Map<string, Role>;
  readonly users: Map<string, User>;
  /** By access key id. */
  readonly sessions: Map<string, Session>;
  readonly buckets: Map<string, Bucket>;
  /** Names of buckets of other accounts. */
  readonly foreignBuckets: Set<string>;
  readonly regions: Map<string, RegionState>;
}

export const newAccount = (id: string): Account => ({
  id,
  roles: new Map(),
  users: new Map(),
  sessions: new Map(),
  buckets: new Map(),
  foreignBuckets: new Set(),
  regions: new Map(),
});

export function regionOf(account: Account, name: string): RegionState {
  const known = account.regions.get(name);
  if (known) return known;
  const region: RegionState = {
    functions: new Map(),
    logGroups: new Map(),
    scheduleGroups: new Map(),
    schedules: new Map(),
    parameters: new Map(),
  };
  account.regions.set(name, region);
  return region;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An id as IAM forms it: `AKIA` for keys, `ASIA` for temporary ones, `AIDA` for users, `AROA` for roles. */
export const uniqueId = (prefix: 'AKIA' | 'ASIA' | 'AIDA' | 'AROA'): string =>
  prefix + [...randomBytes(16)].map((byte) => ALPHABET[byte % 32]).join('');

export const newSecret = (): string => randomBytes(30).toString('base64');

/** The last part of an ARN of a role: its name, without its path. */
export const nameInArn = (arn: string): string => arn.split('/').at(-1) ?? '';
