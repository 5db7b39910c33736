// Owns the outcome of a run as one byte of a stored row, and back: those that probes report, and those of heartbeats.
import {
  FAILURE_CODES,
  type FailureCode,
  UNMEASURED_REASONS,
  type UnmeasuredReason,
} from '../../probes/contract/index.ts';
import {
  HEARTBEAT_CODES,
  HEARTBEAT_REASONS,
  type HeartbeatCode,
  type HeartbeatReason,
  type OutcomeCode,
  type OutcomeReason,
} from '../engine/model/heartbeat.ts';
import { NewerFormat } from './damage.ts';

export const OUTCOME_CODES: readonly OutcomeCode[] = [...FAILURE_CODES, ...HEARTBEAT_CODES];
export const OUTCOME_REASONS: readonly OutcomeReason[] = [...UNMEASURED_REASONS, ...HEARTBEAT_REASONS];

/** Outcome bytes of stored rows: 0 ok, then failure codes of probes, of heartbeats, and reasons of both. */
const HEARTBEAT_BASE = 64;
const UNMEASURED_BASE = 128;
const WAITING_BASE = 192;

interface Outcome {
  readonly outcome: 'ok' | 'failed' | 'unmeasured';
  readonly code?: OutcomeCode;
  readonly reason?: OutcomeReason;
}

export function outcomeByte({ outcome, code, reason }: Outcome): number {
  if (outcome === 'ok') return 0;
  if (outcome === 'failed') {
    const own = HEARTBEAT_CODES.indexOf(code as HeartbeatCode);
    return own >= 0
      ? HEARTBEAT_BASE + own
      : 1 + FAILURE_CODES.indexOf((code as FailureCode) ?? 'unexpected_reply');
  }
  const own = HEARTBEAT_REASONS.indexOf(reason as HeartbeatReason);
  if (own >= 0) return WAITING_BASE + own;
  return UNMEASURED_BASE + UNMEASURED_REASONS.indexOf((reason as UnmeasuredReason) ?? 'bad_report');
}

/** The outcome of a byte. Throws a {@link NewerFormat} if there is none: the checksum of its row has shown that it is whole. */
export function outcomeOfByte(byte: number): Outcome {
  if (byte === 0) return { outcome: 'ok' };
  const code = FAILURE_CODES[byte - 1] ?? HEARTBEAT_CODES[byte - HEARTBEAT_BASE];
  if (code !== undefined) return { outcome: 'failed', code };
  const reason = UNMEASURED_REASONS[byte - UNMEASURED_BASE] ?? HEARTBEAT_REASONS[byte - WAITING_BASE];
  if (reason !== undefined) return { outcome: 'unmeasured', reason };
  throw new NewerFormat(`outcome ${byte} does not exist: deploy the newer Worker.`);
}

/** Whether the outcome of a byte measured something. */
export const isMeasuredByte = (byte: number): boolean => byte < UNMEASURED_BASE;
