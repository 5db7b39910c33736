// What a notice becomes in D1: its incident, its message and a delivery for every channel that wants it.
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { NoticeBody } from '../channels/notification.ts';
import {
  evidenceBody,
  locationId,
  locationNoticeBody,
  type MonitorRow,
  monitorNoticeBody,
} from '../channels/webhook-body.ts';
import type { IncidentRecord, Notice } from '../engine/model/notification.ts';
import type { State } from '../engine/model/state.ts';
import { channels, deliveries, incidents, monitors, notices } from './schema.ts';
import type { Database } from './shard.ts';

type Statement = BatchItem<'sqlite'>;

/** Statements for one batch with the commit that settled this. Reads the monitors that it speaks of first. */
export async function noticeStatements(
  orm: Database,
  origin: { readonly publicUrl: string },
  state: State,
  raised: readonly Notice[],
  records: readonly IncidentRecord[],
): Promise<Statement[]> {
  if (raised.length === 0 && records.length === 0) return [];
  const numbers = [...raised, ...records].flatMap((one) => ('monitor' in one ? [one.monitor] : []));
  const rowOf = await readMonitors(orm, new Set(numbers));
  return [
    ...records.map((record) => incidentStatement(orm, state, record, rowOf)),
    ...raised.flatMap((notice, index) => {
      const position = state.seq * 10_000 + index;
      const monitor = 'monitor' in notice ? rowOf(notice.monitor) : null;
      const body = bodyOf(origin.publicUrl, state, notice, rowOf);
      const values = { monitorId: monitor?.id ?? null, incidentId: notice.incident?.id ?? null, body };
      const { id, kind, at } = notice;
      return [
        orm
          .insert(notices)
          .values({ id, kind, at, ...values })
          .onConflictDoNothing(),
        enqueue(orm, notice, monitor?.channels ?? 'all', position),
      ];
    }),
  ];
}

type RowOf = (number: number) => MonitorRow;

/** Throws for a monitor that is not stored: somebody deleted it in the meantime. */
async function readMonitors(orm: Database, wanted: ReadonlySet<number>): Promise<RowOf> {
  const numbers = [...wanted];
  const rows = new Map<number, MonitorRow>();
  for (let from = 0; from < numbers.length; from += 90) {
    const part = await orm
      .select()
      .from(monitors)
      .where(inArray(monitors.number, numbers.slice(from, from + 90)));
    for (const row of part) rows.set(row.number, row);
  }
  return (number) => {
    const row = rows.get(number);
    if (!row) throw new Error(`the commit speaks of monitor ${number}, which is not stored`);
    return row;
  };
}

const bodyOf = (publicUrl: string, state: State, notice: Notice, rowOf: RowOf): NoticeBody =>
  'monitor' in notice
    ? monitorNoticeBody(publicUrl, state, notice, rowOf(notice.monitor))
    : locationNoticeBody(state, notice);

/** The testimony that is kept is the one that opened it: at the end nobody fails any more. */
function incidentStatement(orm: Database, state: State, record: IncidentRecord, rowOf: RowOf): Statement {
  const { incident } = record;
  const ended = incident.resolvedAt !== null;
  const told = {
    state: ended ? ('resolved' as const) : ('open' as const),
    verdict: 'verdict' in incident ? incident.verdict : incident.kind,
    startedAt: incident.startedAt,
    detectedAt: incident.detectedAt,
    resolvedAt: incident.resolvedAt,
    reason: incident.reason,
  };
  const { testimony, about } = describe(state, record, rowOf);
  return orm
    .insert(incidents)
    .values({ id: incident.id, ...about, ...told, ...testimony })
    .onConflictDoUpdate({ target: incidents.id, set: ended ? told : { ...told, ...testimony } });
}

function describe(state: State, record: IncidentRecord, rowOf: RowOf) {
  if ('location' in record) {
    const { accused, asked } = record.incident;
    const id = locationId(state, record.location);
    const nobody = { monitorNumber: 0, monitorId: '', monitorName: '', public: false };
    return {
      about: { ...nobody, location: id },
      testimony: { scope: [id], quorum: { accused, asked }, evidence: [] },
    };
  }
  const monitor = rowOf(record.monitor);
  const { number, id, name } = monitor;
  return {
    about: { monitorNumber: number, monitorId: id, monitorName: name, public: monitor.public },
    testimony: {
      scope: record.scope.map((location) => locationId(state, location)),
      quorum: record.quorum,
      evidence: record.evidence.map((evidence) => evidenceBody(state, evidence)),
    },
  };
}

/** One pending delivery for every enabled channel of the monitor; of a location, for every enabled channel. */
function enqueue(
  orm: Database,
  notice: Notice,
  wantedIds: 'all' | readonly string[],
  position: number,
): Statement {
  const enabled = eq(channels.enabled, true);
  const wanted =
    wantedIds === 'all'
      ? enabled
      : and(enabled, sql`${channels.id} in (select value from json_each(${JSON.stringify(wantedIds)}))`);
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
