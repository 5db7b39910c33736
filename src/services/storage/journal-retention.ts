// Owns how long the journal is kept, which depends on the size of the database. Pure.

const DAY_MS = 86_400_000;
/** Shares of the database's limit between which the retention shrinks, and what is left of it. */
const PRESSURE = { from: 0.7, to: 0.8, leastMs: DAY_MS };

/** `journalDays` up to 70 % of the limit, 24 hours from 80 % on, and in proportion between them. */
export function journalRetentionMs(
  journalDays: number,
  databaseBytes: number | null,
  maxBytes: number,
): number {
  const wantedMs = journalDays * DAY_MS;
  const share = (databaseBytes ?? 0) / maxBytes;
  const pressure = Math.min(1, Math.max(0, (share - PRESSURE.from) / (PRESSURE.to - PRESSURE.from)));
  return wantedMs - pressure * Math.max(0, wantedMs - PRESSURE.leastMs);
}
