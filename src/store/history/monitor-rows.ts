// Owns what the compaction reads of monitors: when each existed, and its newest days.
import { sql } from 'drizzle-orm';
import type { MomentTotals } from '../../uptime/model.ts';
import { NO_TIME } from '../../uptime/moments.ts';
import { database } from '../database.ts';
import { fromHex } from './day-codec.ts';
import { DAY_MS, dayStart } from './ids.ts';
import { decodeRecent, encodeRecent } from './recent-codec.ts';

export interface MonitorHistory {
  readonly number: number;
  readonly startsAt: number;
  readonly deletedAt: number | null;
  readonly recentDay: number;
  /** The newest first. */
  readonly recent: readonly MomentTotals[];
}

interface Row {
  readonly number: number;
  readonly startsAt: number;
  readonly deletedAt: number | null;
  readonly recentDay: number;
  readonly recent: string;
}

const COLUMNS = sql.raw(
  `number, starts_at as "startsAt", deleted_at as "deletedAt", recent_day as "recentDay", hex(recent) as recent`,
);

const monitorHistory = ({ recent, ...row }: Row): MonitorHistory => ({
  ...row,
  recent: decodeRecent(fromHex(recent)),
});

/** Those that existed on the day, after this number. */
export async function readMonitorsOfDay(
  db: D1Database,
  day: number,
  after: number,
  limit: number,
): Promise<MonitorHistory[]> {
  const start = dayStart(day);
  const rows = await database(db).all<Row>(sql`select ${COLUMNS} from monitor_histories
    where number > ${after} and starts_at < ${start + DAY_MS} and (deleted_at is null or deleted_at > ${start})
    order by number limit ${limit}`);
  return rows.map(monitorHistory);
}

export async function readMonitorHistories(
  db: D1Database,
  numbers: readonly number[],
): Promise<Map<number, MonitorHistory>> {
  if (numbers.length === 0) return new Map();
  const rows = await database(db).all<Row>(sql`select ${COLUMNS} from monitor_histories
    where number in (select value from json_each(${JSON.stringify(numbers)}))`);
  return new Map(rows.map((row) => [row.number, monitorHistory(row)]));
}

/** The part of the day in which the monitor existed. */
export const existedOn = ({ startsAt, deletedAt }: MonitorHistory, day: number) => ({
  from: Math.max(startsAt, dayStart(day)),
  to: Math.max(dayStart(day), Math.min(deletedAt ?? Number.POSITIVE_INFINITY, dayStart(day) + DAY_MS)),
});

/** With these totals in the place of the day. Days between that are missing have no time. */
export function withDay(history: MonitorHistory, day: number, totals: MomentTotals): MonitorHistory {
  const { recentDay, recent } = history;
  if (recent.length === 0) return { ...history, recentDay: day, recent: [totals] };
  if (day <= recentDay) {
    const age = recentDay - day;
    return { ...history, recent: recent.map((known, index) => (index === age ? totals : known)) };
  }
  const missing = Array.from({ length: day - recentDay - 1 }, () => NO_TIME);
  return { ...history, recentDay: day, recent: [totals, ...missing, ...recent] };
}

export const recentBytes = ({ recent }: MonitorHistory): Uint8Array => encodeRecent(recent);
