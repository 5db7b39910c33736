// Owns how long rows are kept: the defaults, their limits, and the rule of a database that is nearly full. Pure.

/** How long rows are kept, in days. */
export interface Retention {
  /** Reports and changes. Fewer days if the database is nearly full. */
  readonly journalDays: number;
  /** Evidence of incidents that have ended. */
  readonly evidenceDays: number;
  /** Notifications and their deliveries. */
  readonly deliveryDays: number;
  /** Entries of the audit log. */
  readonly auditDays: number;
  /** Every observation. Fewer days if the database is nearly full. */
  readonly observationDays: number;
  /** Figures of each monitor and UTC day. */
  readonly dayDays: number;
}

export const DEFAULT_RETENTION: Retention = {
  journalDays: 3,
  evidenceDays: 90,
  deliveryDays: 30,
  auditDays: 400,
  observationDays: 30,
  dayDays: 400,
};

/**
 * A delivery is attempted for two days. An audit log of less than a month answers few questions. Observations outlast the
 * day that is made of them, and days the bars of a status page.
 */
const MIN_DAYS: Retention = {
  ...{ journalDays: 1, evidenceDays: 1, deliveryDays: 3, auditDays: 30 },
  ...{ observationDays: 3, dayDays: 92 },
};
const MAX_DAYS = 3_650;

/** The days, or what is wrong with them. Empty: the default. */
export const parseDays = (key: keyof Retention, text: string): number | string =>
  parseWholeDays(text, DEFAULT_RETENTION[key], MIN_DAYS[key]);

/** How long a backup of the day is kept. */
export const parseBackupDays = (text: string): number | string => parseWholeDays(text, 30, 1);

function parseWholeDays(text: string, byDefault: number, min: number): number | string {
  if (text.trim() === '') return byDefault;
  const days = Number(text);
  if (Number.isInteger(days) && days >= min && days <= MAX_DAYS) return days;
  return `must be a whole number of days between ${min} and ${MAX_DAYS}`;
}

const DAY_MS = 86_400_000;
/** Shares of the database's limit between which the retention shrinks, and what is left of it. */
const PRESSURE = { from: 0.7, to: 0.8, journalMs: DAY_MS, observationsMs: 3 * DAY_MS };
/** From here on, the mesh keeps running at the cost of its history. */
const OVERFULL = 0.9;

/** `journalDays` up to 70 % of the limit, 24 hours from 80 % on, and in proportion between them. */
export const journalRetentionMs = (
  journalDays: number,
  databaseBytes: number | null,
  maxBytes: number,
): number => underPressure(journalDays * DAY_MS, PRESSURE.journalMs, databaseBytes, maxBytes);

/** `observationDays` up to 70 % of the limit, 3 days from 80 % on, and in proportion between them. */
export const observationRetentionMs = (
  observationDays: number,
  databaseBytes: number | null,
  maxBytes: number,
): number => underPressure(observationDays * DAY_MS, PRESSURE.observationsMs, databaseBytes, maxBytes);

function underPressure(wantedMs: number, leastMs: number, bytes: number | null, maxBytes: number): number {
  const share = (bytes ?? 0) / maxBytes;
  const pressure = Math.min(1, Math.max(0, (share - PRESSURE.from) / (PRESSURE.to - PRESSURE.from)));
  return wantedMs - pressure * Math.max(0, wantedMs - leastMs);
}

/** Old journal rows are deleted although the history does not contain them yet: a full database would stop the checks. */
export const isOverfull = (databaseBytes: number | null, maxBytes: number): boolean =>
  (databaseBytes ?? 0) > OVERFULL * maxBytes;
