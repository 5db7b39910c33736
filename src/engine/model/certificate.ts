// Owns what a run saw of the TLS certificate of its target. The engine decides nothing by it: warnings are observations.

/** Times are ms since the epoch. Absent: the report does not say it. */
export interface SeenCertificate {
  readonly monitor: number;
  /** Start of the run. */
  readonly startedAt: number;
  /** SHA-256 in hexadecimal, upper case. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** Host names and addresses that it is for. */
  readonly names?: readonly string[];
  readonly validFrom?: number;
  readonly validTo: number;
  /** The earliest end in the chain. */
  readonly chainValidTo?: number;
}
