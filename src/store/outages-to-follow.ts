// Owns what the coordinator reads to follow outages with public incidents: one statement a tick, and one batch while there
// is something to follow. Does not decide what follows: services/public-incidents/plan-outages.ts does.
import { and, eq, gte, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import type { StatusPage } from '../status-pages/model.ts';
import type { AnnouncementRow } from './announcements.ts';
import { database } from './database.ts';
import {
  type MeasuredIncident,
  measured,
  type PublicIncident,
  selectPublicIncidents,
} from './public-incidents.ts';
import {
  announcements,
  incidents,
  mailings,
  monitors,
  notifications,
  publicIncidents,
  statusPages,
  updateTemplates,
} from './schema.ts';
import type { UpdateTemplateRow } from './update-templates.ts';

export type LeadPage = Pick<StatusPage, 'id' | 'config' | 'access'>;

export interface ToFollow {
  /** Pages on which probes open a draft, or publish after a time. */
  readonly pages: readonly LeadPage[];
  /** Whether the coordinator has an incident that is open, or a draft. */
  readonly hasOwn: boolean;
  /** Ids of announcements that began and are to be mailed. */
  readonly announcements: readonly string[];
}

/** An announcement that began longer ago is no news: it was written while no tick ran. */
const ANNOUNCED_WITHIN_MS = 86_400_000;

export async function readToFollow(db: D1Database, now: number): Promise<ToFollow> {
  const [row] = await database(db).all<{ pages: string; own: number; announcements: string }>(sql`select
    (select json_group_array(json_object('id', p.id, 'config', json(p.config), 'access', json(p.access)))
      from ${statusPages} p where p.config ->> '$.lead' in ('draft', 'delayed')) as pages,
    (select count(*) from ${publicIncidents} i where i.resolved_at is null and i.origin = 'probes') as own,
    (select json_group_array(a.id) from ${announcements} a
      where a.notify = 1 and a.starts_at <= ${now} and a.starts_at > ${now - ANNOUNCED_WITHIN_MS}
        and not exists (select 1 from ${mailings} m where m.id = 'announcement_' || a.id)) as announcements`);
  return {
    pages: JSON.parse(row!.pages) as LeadPage[],
    hasOwn: row!.own > 0,
    announcements: JSON.parse(row!.announcements) as string[],
  };
}

export const findAnnouncements = (db: D1Database, ids: readonly string[]): Promise<AnnouncementRow[]> =>
  database(db)
    .select()
    .from(announcements)
    .where(inArray(announcements.id, ids.slice(0, 50)));

export interface FollowedMonitor {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly tags: Record<string, string>;
  readonly public: boolean;
}

export interface Outage extends MeasuredIncident {
  readonly detectedAt: number;
}

export interface OutageFacts {
  /** Open outages of which the team was notified: those of a maintenance, and all others that are suppressed, are not. */
  readonly outages: readonly Outage[];
  /** Of open outages, and of what the coordinator's incidents name. */
  readonly monitors: readonly FollowedMonitor[];
  /** Open ones of people and of the coordinator, and those of the coordinator that ended at `endedSince` or later. */
  readonly incidents: readonly PublicIncident[];
  /** The measured incidents of these. */
  readonly measured: readonly MeasuredIncident[];
  /** Ids of measured incidents that a public incident names, discarded ones included. */
  readonly linked: ReadonlySet<string>;
  readonly templates: readonly UpdateTemplateRow[];
}

/** Outages that one tick follows. The next tick goes on. */
const MAX_OUTAGES = 200;
const MAX_INCIDENTS = 200;
const DAY_MS = 86_400_000;

/** An outage of which the team was notified. Its notification has the id that the engine derives. */
const isOutage = and(
  eq(incidents.state, 'open'),
  eq(incidents.verdict, 'down'),
  isNull(incidents.location),
  sql`exists (select 1 from ${notifications} n where n.id = ${incidents.id} || '_opened')`,
);

export async function readOutages(
  db: D1Database,
  templateIds: readonly string[],
  endedSince: number,
): Promise<OutageFacts> {
  const orm = database(db);
  const { number, id, name, group, tags } = monitors;
  const isFollowed = and(
    ne(publicIncidents.state, 'discarded'),
    or(
      isNull(publicIncidents.resolvedAt),
      and(eq(publicIncidents.origin, 'probes'), gte(publicIncidents.resolvedAt, endedSince)),
    ),
  );
  const [outages, ofMonitors, followed, ofMeasured, linked, templates] = await orm.batch([
    orm
      .select({ ...measured, detectedAt: incidents.detectedAt })
      .from(incidents)
      .where(isOutage)
      .orderBy(incidents.detectedAt, incidents.id)
      .limit(MAX_OUTAGES),
    orm
      .select({ number, id, name, group, tags, public: monitors.public })
      .from(monitors)
      .where(
        sql`${number} in (select o.monitor_number from ${incidents} o where o.state = 'open' and o.verdict = 'down')
          or 'monitor:' || ${id} in (select c.value ->> 'component' from ${publicIncidents}, json_each(${publicIncidents.components}) c
            where ${publicIncidents.origin} = 'probes' and ${isFollowed})`,
      ),
    selectPublicIncidents(db).where(isFollowed).limit(MAX_INCIDENTS),
    orm
      .select(measured)
      .from(incidents)
      .where(
        sql`${incidents.id} in (select l.value from ${publicIncidents}, json_each(${publicIncidents.incidents}) l
          where ${publicIncidents.origin} = 'probes' and ${isFollowed})`,
      ),
    // A discarded draft has the start of its outage.
    orm
      .select({ id: sql<string>`l.value`.as('linked') })
      .from(sql`${publicIncidents}, json_each(${publicIncidents.incidents}) l`)
      .where(
        sql`${publicIncidents.resolvedAt} is null or ${publicIncidents.startedAt} >= (
          select min(o.started_at) from ${incidents} o where o.state = 'open') - ${DAY_MS}`,
      ),
    orm.select().from(updateTemplates).where(inArray(updateTemplates.id, templateIds)),
  ]);
  return {
    ...{ outages, monitors: ofMonitors, incidents: followed, measured: ofMeasured, templates },
    linked: new Set(linked.map((one) => one.id)),
  };
}
