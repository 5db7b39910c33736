// Owns what is special about a heartbeat: its one location, and the words for its outcomes. Pure data.
// When a heartbeat is late is decided in src/heartbeats.
import type { FailureCode, UnmeasuredReason } from '../../../probes/contract/index.ts';

/** The type of a heartbeat's check. */
export const HEARTBEAT_TYPE = 'heartbeat';

/** The id of the location whose observations the coordinator makes itself, from the pings that it received. */
export const HEARTBEAT_LOCATION = 'heartbeat';
/** Its number: other locations count from 1, and a run's key has room for 1,023. */
export const HEARTBEAT_LOCATION_NUMBER = 1_000;

export const isHeartbeatLocation = ({ id }: { readonly id: string }): boolean => id === HEARTBEAT_LOCATION;

/** How often heartbeats are evaluated. */
export const HEARTBEAT_INTERVAL_SECONDS = 30;

/**
 * Why a heartbeat fails.
 * - missed: no ping came in time.
 * - never_seen: not even the first one did.
 * - job_failed: the job reported a failure, or an exit code other than 0.
 * - too_long: a run takes longer than the heartbeat allows.
 */
export const HEARTBEAT_CODES = ['missed', 'never_seen', 'job_failed', 'too_long'] as const;
export type HeartbeatCode = (typeof HEARTBEAT_CODES)[number];

/** `waiting`: the first ping is not due yet. */
export const HEARTBEAT_REASONS = ['waiting'] as const;
export type HeartbeatReason = (typeof HEARTBEAT_REASONS)[number];

/** As probes report it, or as heartbeats have it. */
export type OutcomeCode = FailureCode | HeartbeatCode;
export type OutcomeReason = UnmeasuredReason | HeartbeatReason;
