// Owns the types of warnings: what one location reports, and what a quorum agrees on. Pure data.
import type { Degraded } from '../../../probes/contract/index.ts';

/** certificate: it expires soon. degraded: responses are slow, packets are lost, or addresses of the host name fail. */
export type WarningKind = 'degraded' | 'certificate';

/** In the order in which notifications about them are sent. */
export const WARNING_KINDS = ['degraded', 'certificate'] as const satisfies readonly WarningKind[];

/** One location's progress towards a warning of one kind, or away from it. */
export interface LocationWarning {
  readonly active: boolean;
  /** Counted ok runs in a row that contradict `active`. */
  readonly streak: number;
  /** Code and limit of the newest run that carried the warning. */
  readonly code: Degraded['code'];
  readonly limit: number;
}

/** Null: the location neither warns of this kind nor has begun to. At least one of the two is not null. */
export interface LocationWarnings {
  readonly degraded: LocationWarning | null;
  readonly certificate: LocationWarning | null;
}

/** A warning that a quorum agrees on, or agreed on recently. Limits are days for a certificate, else 0. */
export interface RaisedWarning {
  readonly since: number;
  /** The lowest limit that enough locations see crossed right now. */
  readonly limit: number;
  /** The lowest limit that was sent; null if no notification was sent yet. */
  readonly notifiedLimit: number | null;
  /** Since when no quorum agrees any more; absent while one does. Only warnings that were sent are kept that long. */
  readonly endedAt?: number;
}

/** At least one of the two is not null. */
export interface RaisedWarnings {
  readonly degraded: RaisedWarning | null;
  readonly certificate: RaisedWarning | null;
}
