// Follows outages for readers, once a tick: drafts, publication after a time, the end, and announcements that begin.
// Does not decide: plan-outages.ts does. Never throws: the next tick, a minute later, goes on from what is stored.
import { systemCaller } from '../../access/caller.ts';
import { log } from '../../log.ts';
import { err, ok } from '../../result.ts';
import { currentStatus } from '../../status-pages/current-status.ts';
import type { ComponentImpact, UpdateStatus } from '../../status-pages/model.ts';
import { monitorRef } from '../../status-pages/shown-on.ts';
import { runAudited } from '../../store/audit.ts';
import { runBatch } from '../../store/database.ts';
import { insertMailing } from '../../store/mailings.ts';
import {
  type FollowedMonitor,
  findAnnouncements,
  type OutageFacts,
  readOutages,
  readToFollow,
} from '../../store/outages-to-follow.ts';
import {
  hasPublicIncident,
  type IncidentUpdateRow,
  insertIncidentUpdate,
  insertPublicIncident,
  type PublicIncident,
  replaceIncidentUpdate,
} from '../../store/public-incidents.ts';
import { announcementMailing } from '../announcements/announcements.ts';
import { type ChangeConfig, changeIncident, type IncidentChange, newUpdate } from './change-incident.ts';
import { COORDINATOR_TEMPLATES, ENDED_TEXT, outageTitle, textOf } from './coordinator-texts.ts';
import { isUntouched, type OutageAction, planOutages, REUSE_MS } from './plan-outages.ts';
import { channelStatements, updateMailing } from './reader-messages.ts';
import { incidentChanged, incidentCreated } from './records.ts';

/** Each is one transaction. The next tick goes on. */
const MAX_ACTIONS = 10;

/** Whether something may have been written. */
export async function followOutages(config: ChangeConfig, now: number): Promise<boolean> {
  try {
    const { pages, hasOwn, announcements } = await readToFollow(config.db, now);
    if (announcements.length > 0) await announce(config.db, announcements, now);
    if (pages.length === 0 && !hasOwn) return announcements.length > 0;
    const facts = await readOutages(config.db, COORDINATOR_TEMPLATES, now - REUSE_MS);
    const actions = planOutages(pages, facts, now).slice(0, MAX_ACTIONS);
    for (const action of actions) await carryOutOrLog(config, action, facts, now);
    return actions.length + announcements.length > 0;
  } catch (error) {
    log.error('public_incidents.follow_failed', { error });
    return false;
  }
}

async function announce(db: D1Database, ids: readonly string[], now: number): Promise<void> {
  const rows = await findAnnouncements(db, ids);
  const [first, ...more] = rows.map((row) => insertMailing(db, announcementMailing(row, now)));
  if (first) await runBatch(db, [first, ...more]);
}

/** One that fails holds back no other one. */
async function carryOutOrLog(
  config: ChangeConfig,
  action: OutageAction,
  facts: OutageFacts,
  now: number,
): Promise<void> {
  try {
    await carryOut(config, action, facts, now);
  } catch (error) {
    const id = action.type === 'open' ? action.outages[0]!.id : action.incident.id;
    log.error('public_incidents.follow_failed', { action: action.type, id, error });
  }
}

function carryOut(config: ChangeConfig, action: OutageAction, facts: OutageFacts, now: number) {
  switch (action.type) {
    case 'open':
      return open(config, action, facts, now);
    case 'link':
      return change(config, action.incident, now, (incident) =>
        linked(config.db, incident, action, facts, now),
      );
    case 'publish':
      return change(config, action.incident, now, (incident) =>
        published(config.db, incident, action.pages, now),
      );
    case 'resolve':
      return change(config, action.incident, now, (incident) =>
        resolved(config.db, incident, action, facts, now),
      );
    case 'discard':
      return change(config, action.incident, now, async (incident) => {
        if (incident.state !== 'draft' || !isUntouched(incident)) return null;
        const next = { ...incident, state: 'discarded' as const, resolvedAt: now };
        return { next, record: incidentChanged('public_incident.discarded', incident, next), statements: [] };
      });
    default:
      return action satisfies never;
  }
}

/** A row that a person or another tick changed since the facts were read is decided again by the next tick. */
async function change(
  config: ChangeConfig,
  { id, version }: PublicIncident,
  now: number,
  decide: (incident: PublicIncident) => Promise<IncidentChange | null>,
): Promise<void> {
  await changeIncident<'superseded'>(config, id, systemCaller(now), undefined, async ({ incident }) => {
    const decided = incident.version === version ? await decide(incident) : null;
    return decided === null ? err('superseded') : ok(decided);
  });
}

const impactOf = (monitors: readonly FollowedMonitor[]): ComponentImpact[] =>
  monitors.map(({ id }) => ({ component: monitorRef(id), impact: 'major' }));

interface Written {
  readonly status: UpdateStatus;
  readonly body: string;
  readonly components?: readonly ComponentImpact[];
  readonly at: number;
  readonly notify: boolean;
}

const updateOf = (incidentId: string, suffix: string, written: Written): IncidentUpdateRow =>
  newUpdate(
    {
      ...{ id: `${incidentId}_${suffix}`, publicIncidentId: incidentId, ...written },
      components: [...(written.components ?? [])],
    },
    systemCaller(written.at),
  );

async function open(
  config: ChangeConfig,
  { outages, monitors }: Extract<OutageAction, { type: 'open' }>,
  { templates }: OutageFacts,
  now: number,
): Promise<void> {
  const { db } = config;
  const id = `pub_${outages[0]!.id}`;
  await runAudited<'exists'>(db, config, systemCaller(now), async () => {
    if (await hasPublicIncident(db, id)) return err('exists');
    const body = textOf(templates, 'outage-opened');
    const components = impactOf(monitors);
    const written = { status: 'investigating', body, components, at: now, notify: false } as const;
    const update = updateOf(id, 'opened', written);
    const incident: PublicIncident = {
      ...{ id, title: outageTitle(templates, nameOf(monitors)), state: 'draft', ...currentStatus([update]) },
      ...{ incidents: outages.map((one) => one.id), pages: [], origin: 'probes' },
      ...{ startedAt: Math.min(now, ...outages.map(({ startedAt }) => startedAt)) },
      ...{ postmortem: null, postmortemAt: null, tags: { ...monitors[0]!.tags } },
      ...{ version: 1, createdAt: now, updatedAt: now, updates: [update] },
    };
    return ok({
      statements: [insertPublicIncident(db, incident), insertIncidentUpdate(db, update)],
      record: incidentCreated(incident, update),
    });
  });
}

/** Several have the name of their group: each page shows the names of those that it has. */
const nameOf = (monitors: readonly FollowedMonitor[]): string | null =>
  monitors.length === 1 ? monitors[0]!.name : monitors[0]!.group;

async function linked(
  db: D1Database,
  incident: PublicIncident,
  { outages, more, reopens }: Extract<OutageAction, { type: 'link' }>,
  { templates, monitors }: OutageFacts,
  now: number,
): Promise<IncidentChange> {
  const incidents = [...new Set([...incident.incidents, ...outages.map(({ id }) => id)])];
  const grown = { ...incident, incidents, title: grownTitle() };
  if (more.length === 0 && !reopens)
    return {
      next: grown,
      record: incidentChanged('public_incident.updated', incident, grown),
      statements: [],
    };
  const numbers = new Set(outages.map(({ monitorNumber }) => monitorNumber));
  const isPublished = incident.state === 'published';
  const update = updateOf(incident.id, `${reopens ? 'reopened' : 'more'}_${incident.version}`, {
    status: 'investigating',
    body: textOf(templates, reopens ? 'outage-reopened' : 'outage-more'),
    components: impactOf(monitors.filter(({ number }) => numbers.has(number))),
    ...{ at: now, notify: isPublished },
  });
  const updates = [update, ...incident.updates];
  const next = { ...grown, ...currentStatus(updates), updates };
  return {
    next,
    record: incidentChanged('incident_update.created', incident, next, { before: null, after: update }),
    statements: [
      insertIncidentUpdate(db, update),
      ...(isPublished ? [insertMailing(db, updateMailing(next, update, now))] : []),
    ],
  };

  /** The title of one outage has the name of its monitor, which is not that of the others. A person's title stays. */
  function grownTitle(): string {
    const named = new Set(incident.components.map(({ component }) => component));
    const own = monitors.filter(({ id }) => named.has(monitorRef(id)));
    const isOwn = own.some(({ name }) => outageTitle(templates, name) === incident.title);
    return more.length > 0 && isOwn ? outageTitle(templates, more[0]!.group) : incident.title;
  }
}

/** Readers get the newest words. Those of one page that is later than another get them again, there. */
async function published(
  db: D1Database,
  incident: PublicIncident,
  pages: readonly string[],
  now: number,
): Promise<IncidentChange> {
  const before = incident.pages === 'all' || incident.state === 'draft' ? [] : incident.pages;
  const update = { ...incident.updates[0]!, notify: true };
  const updates = [update, ...incident.updates.slice(1)];
  const next: PublicIncident = { ...incident, state: 'published', pages: [...before, ...pages], updates };
  return {
    next,
    record: incidentChanged('public_incident.published', incident, next),
    statements: [
      replaceIncidentUpdate(db, update),
      ...pages.map((page) => {
        const mailing = updateMailing({ ...next, pages: [page] }, update, now);
        return insertMailing(db, { ...mailing, id: `${mailing.id}_${page}` });
      }),
      ...(before.length === 0 ? await channelStatements(db, next, update, now) : []),
    ],
  };
}

async function resolved(
  db: D1Database,
  incident: PublicIncident,
  { at, measured }: Extract<OutageAction, { type: 'resolve' }>,
  { templates }: OutageFacts,
  now: number,
): Promise<IncidentChange> {
  const newest = incident.updates[0]!.at;
  const body = measured ? textOf(templates, 'outage-resolved') : ENDED_TEXT;
  const written = { status: 'resolved', body, at: Math.max(at, newest + 1), notify: true } as const;
  const update = updateOf(incident.id, `resolved_${incident.version}`, written);
  const updates = [update, ...incident.updates];
  const next = { ...incident, ...currentStatus(updates), updates };
  return {
    next,
    record: incidentChanged('incident_update.created', incident, next, { before: null, after: update }),
    statements: [insertIncidentUpdate(db, update), insertMailing(db, updateMailing(next, update, now))],
  };
}
