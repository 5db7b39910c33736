// Owns the input of an estimate: groups of monitors, regions, and what else a mesh does. Pure.
import type { CheckKind } from './measured.ts';

/** Monitors that are alike. */
export interface Group {
  readonly monitors: number;
  readonly intervalSeconds: number;
  readonly check: CheckKind;
  /** Locations that check each of them. */
  readonly locations: number;
}

export interface Workload {
  readonly groups: readonly Group[];
  /** AWS regions of the probes. */
  readonly regions: readonly string[];
  readonly plan: 'free' | 'paid';
  readonly memoryMb: number;
  /** From the first packet to a target to the end of its response, ms. */
  readonly targetMs: number;
  /** Of a response to a check with http, kB. */
  readonly responseKb: number;
  /** Requests of readers, people and programs that reach the Worker, a month. */
  readonly requests: number;
  /** Messages to channels, a month. */
  readonly deliveries: number;
  /** Regions in which a watchdog runs: 0 to 2. */
  readonly watchdogs: number;
  /** Whether the probes run in networks with a NAT gateway of their own, and so with fixed addresses. */
  readonly nat: boolean;
  /** Public status pages that the watchdog copies every minute. 0: no copy. */
  readonly copiedPages: number;
}

/** The regions of wrangler.toml, in that order: `--regions 6` are all of them. */
export const DEFAULT_REGIONS = [
  ...['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1', 'sa-east-1'],
  ...['eu-west-1', 'ap-south-1', 'ca-central-1', 'ap-southeast-2', 'eu-west-2', 'us-east-2'],
] as const;

export const DEFAULTS: Omit<Workload, 'groups' | 'regions'> = {
  ...{ plan: 'paid', memoryMb: 256, targetMs: 300, responseKb: 10 },
  ...{ requests: 100_000, deliveries: 1_000, watchdogs: 0, copiedPages: 0, nat: false },
};
