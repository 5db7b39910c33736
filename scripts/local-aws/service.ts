// Owns the form of a service of the local AWS: its protocol, its operations, and which permission each call needs.
import type { Account, Principal, RegionState } from './account.ts';
import type { Faults } from './faults.ts';
import type { FunctionRuns } from './function-runs.ts';
import type { Protocol } from './protocol.ts';

/** What an operation may read and change. */
export interface Context {
  readonly account: Account;
  readonly regionName: string;
  readonly region: RegionState;
  readonly principal: Principal;
  readonly faults: Faults;
  /** ms since the epoch */
  readonly now: number;
  readonly runs: FunctionRuns;
  /** Whether the caller is also allowed this, where an answer depends on it. */
  allows(permission: Permission): Promise<boolean>;
}

/** What a principal must be allowed to do. */
export interface Permission {
  /** `lambda:InvokeFunction` */
  readonly action: string;
  readonly resource: string;
  readonly conditions?: Readonly<Record<string, string | string[]>>;
}

/** A caller that gives a role to a service needs it. None if it is not the ARN of a role: the service rejects that. */
export const passRole = (role: string | undefined, service: string): readonly Permission[] =>
  /^arn:aws:iam::\d{12}:role\/.+/.test(role ?? '')
    ? [{ action: 'iam:PassRole', resource: role!, conditions: { 'iam:PassedToService': service } }]
    : [];

/** The input is typed by each operation; the wire has read it with the schema of the operation. */
export type Handler = (input: never, context: Context) => unknown;

export interface Service {
  /** As in the credential scope. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly sdk: object;
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, Handler>>;
  /** The first is the one that the call is recorded with. */
  permissions(operation: string, input: never, context: Context): readonly Permission[];
}

/** Whether a call changes something. */
export const mutates = (operation: string): boolean => !/^(Get|List|Describe|Head|Invoke)/.test(operation);
