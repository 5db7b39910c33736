// What a notice becomes in D1: its incident, its message and a delivery for every channel that wants it.
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { Notice } from '../core/notice.ts';
import type { State } from '../core/state.ts';
import type { Database } from '../store/cohort.ts';
import { channels, deliveries, incidents, monitors, notices } from '../store/schema.ts';
import { type MonitorRow, noticeBody } from './notice-body.ts';

type Statement = BatchItem<'sqlite'>;

/** Statements for one batch with the commit that raised the notices. Reads the monitors they speak of first. */
export async function noticeStatements(
  orm: Database,
  origin: { readonly publicUrl: string },
  state: State,
  raised: readonly Notice[],
): Promise<Statement[]> {
  if (raised.length === 0) return [];
  const numbers = [...new Set(raised.map((notice) => notice.monitor))];
  const rows = new Map<number, MonitorRow>();
  for (let from = 0; from < numbers.length; from += 90) {
    const part = await orm
      .select()
      .from(monitors)
      .where(inArray(monitors.number, numbers.slice(from, from + 90)));
    for (const row of part) rows.set(row.number, row);
  }
  return raised.flatMap((notice, index) => {
    const monitor = rows.get(notice.monitor);
    if (!monitor)
      throw new Error(`notice ${notice.id} speaks of monitor ${notice.monitor}, which is not stored`);
    const body = noticeBody(origin.publicUrl, state, notice, monitor);
    return [
      ...incidentStatements(orm, state, notice, monitor, body),
      orm
        .insert(notices)
        .values({
          id: notice.id,
          kind: notice.kind,
          at: notice.at,
          monitorId: monitor.id,
          incidentId: notice.incident?.id ?? null,
          body,
        })
        .onConflictDoNothing(),
      enqueue(orm, notice, monitor, state.seq * 10_000 + index),
    ];
  });
}

function incidentStatements(
  orm: Database,
  state: State,
  notice: Notice,
  monitor: MonitorRow,
  body: ReturnType<typeof noticeBody>,
): Statement[] {
  const { incident } = notice;
  if (!incident) return [];
  const ended = incident.resolvedAt !== null;
  const told = {
    state: ended ? ('resolved' as const) : ('open' as const),
    verdict: incident.verdict,
    startedAt: incident.startedAt,
    detectedAt: incident.detectedAt,
    resolvedAt: incident.resolvedAt,
    reason: incident.reason,
  };
  // The testimony that is kept is the one that opened it: at the end nobody fails any more.
  const testimony = {
    scope: notice.scope.map((number) => state.locations.get(number)?.id ?? String(number)),
    quorum: body.data.quorum,
    evidence: body.data.evidence,
  };
  return [
    orm
      .insert(incidents)
      .values({
        id: incident.id,
        monitorNumber: monitor.number,
        monitorId: monitor.id,
        monitorName: monitor.name,
        public: monitor.public,
        ...told,
        ...testimony,
      })
      .onConflictDoUpdate({ target: incidents.id, set: ended ? told : { ...told, ...testimony } }),
  ];
}

/** One pending delivery for every enabled channel of the monitor. */
function enqueue(orm: Database, notice: Notice, monitor: MonitorRow, position: number): Statement {
  const enabled = eq(channels.enabled, true);
  const wanted =
    monitor.channels === 'all'
      ? enabled
      : and(
          enabled,
          sql`${channels.id} in (select value from json_each(${JSON.stringify(monitor.channels)}))`,
        );
  const rows = orm
    .select({
      noticeId: sql<string>`${notice.id}`.as('notice_id'),
      channelId: channels.id,
      position: sql<number>`${position}`.as('position'),
      state: sql<'pending'>`'pending'`.as('state'),
      attempts: sql<number>`0`.as('attempts'),
      nextAttemptAt: sql<number>`${notice.at}`.as('next_attempt_at'),
      lastStatus: sql<null>`null`.as('last_status'),
      lastError: sql<null>`null`.as('last_error'),
      finishedAt: sql<null>`null`.as('finished_at'),
    })
    .from(channels)
    .where(wanted);
  return orm.insert(deliveries).select(rows).onConflictDoNothing();
}
