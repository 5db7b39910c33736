// Owns what the coordinator does by itself with public incidents: drafts of outages, their publication and end. Pure: the
// facts decide, so a tick that was killed, or two at once, end with the same. Does not write: follow-outages.ts does.
import { monitorRef, showsMonitor } from '../../status-pages/shown-on.ts';
import type { FollowedMonitor, LeadPage, Outage, OutageFacts } from '../../store/outages-to-follow.ts';
import type { MeasuredIncident, PublicIncident } from '../../store/public-incidents.ts';

/** Outages of one group that are detected within this time are one public incident. */
export const JOIN_MS = 300_000;
/** An outage that returns within this time continues its public incident. */
export const REUSE_MS = 900_000;
/** Readers get "resolved" once the outage has been over for this long: one that flaps does not resolve in between. */
export const QUIET_MS = 120_000;
/** A draft that no person published stays for this long after its outage. */
export const KEEP_DRAFT_MS = 7 * 86_400_000;

export type OutageAction =
  | {
      readonly type: 'open';
      readonly outages: readonly Outage[];
      readonly monitors: readonly FollowedMonitor[];
    }
  | {
      /** More outages belong to an incident. `more`: their components are new to a coordinator's incident. */
      readonly type: 'link';
      readonly incident: PublicIncident;
      readonly outages: readonly Outage[];
      readonly more: readonly FollowedMonitor[];
      /** The coordinator had resolved it. */
      readonly reopens: boolean;
    }
  | { readonly type: 'publish'; readonly incident: PublicIncident; readonly pages: readonly string[] }
  | {
      readonly type: 'resolve';
      readonly incident: PublicIncident;
      readonly at: number;
      readonly measured: boolean;
    }
  | { readonly type: 'discard'; readonly incident: PublicIncident };

/** No person has written or published anything of it. */
export const isUntouched = ({ origin, updates }: PublicIncident): boolean =>
  origin === 'probes' && updates.every(({ authorId }) => authorId === '');

export function planOutages(pages: readonly LeadPage[], facts: OutageFacts, now: number): OutageAction[] {
  const monitors = new Map(facts.monitors.map((monitor) => [monitor.number, monitor]));
  const unlinked = facts.outages.filter(
    ({ id, monitorNumber }) =>
      !facts.linked.has(id) && leadPages(pages, monitors.get(monitorNumber)).length > 0,
  );
  const { links, rest } = linkOutages(pages, facts, unlinked, monitors, now);
  return [
    ...links,
    ...groupOutages(pages, rest, monitors).map(
      (outages): OutageAction => ({
        ...{ type: 'open', outages },
        monitors: outages.map(({ monitorNumber }) => monitors.get(monitorNumber)!),
      }),
    ),
    ...facts.incidents.flatMap((incident) => followOwn(pages, facts, incident, now)),
  ];
}

const leadPages = (pages: readonly LeadPage[], monitor: FollowedMonitor | undefined): LeadPage[] =>
  monitor === undefined ? [] : pages.filter((page) => showsMonitor(page, monitor));

/** Outages with the same key may be one public incident: the same people write it, and the same pages show it. */
function keyOf(pages: readonly LeadPage[], monitor: FollowedMonitor): string {
  const { group, tags, public: isPublic } = monitor;
  const own = leadPages(pages, monitor).map(({ id }) => id);
  return JSON.stringify([group, isPublic, own, Object.entries(tags).toSorted()]);
}

/** Each is at most five minutes after the one before it. */
function groupOutages(
  pages: readonly LeadPage[],
  outages: readonly Outage[],
  monitors: ReadonlyMap<number, FollowedMonitor>,
): Outage[][] {
  const groups: { readonly key: string; readonly outages: Outage[] }[] = [];
  for (const outage of outages.toSorted((a, b) => a.detectedAt - b.detectedAt)) {
    const key = keyOf(pages, monitors.get(outage.monitorNumber)!);
    const near = groups.findLast(
      (one) => one.key === key && outage.detectedAt - one.outages.at(-1)!.detectedAt <= JOIN_MS,
    );
    if (near) near.outages.push(outage);
    else groups.push({ key, outages: [outage] });
  }
  return groups.map((one) => one.outages);
}

type Link = Extract<OutageAction, { type: 'link' }>;

/** An incident that is there already takes the outage: one of people that names its component, or one of the coordinator. */
function linkOutages(
  pages: readonly LeadPage[],
  facts: OutageFacts,
  unlinked: readonly Outage[],
  monitors: ReadonlyMap<number, FollowedMonitor>,
  now: number,
): { readonly links: readonly Link[]; readonly rest: readonly Outage[] } {
  const links = new Map<string, { readonly incident: PublicIncident; readonly outages: Outage[] }>();
  const rest: Outage[] = [];
  for (const outage of unlinked) {
    const monitor = monitors.get(outage.monitorNumber)!;
    const incident =
      facts.incidents.find((one) => takes(one, monitor, now)) ??
      facts.incidents.find((one) => joins(pages, facts, one, outage, monitors));
    if (incident === undefined) rest.push(outage);
    else if (links.has(incident.id)) links.get(incident.id)!.outages.push(outage);
    else links.set(incident.id, { incident, outages: [outage] });
  }
  const made = [...links.values()].map(({ incident, outages }): Link => {
    const named = new Set(incident.components.map(({ component }) => component));
    const own = outages.map(({ monitorNumber }) => monitors.get(monitorNumber)!);
    const isOwn = isUntouched(incident);
    return {
      ...{ type: 'link', incident, outages },
      more: isOwn ? own.filter(({ id }) => !named.has(monitorRef(id))) : [],
      reopens: isOwn && incident.resolvedAt !== null,
    };
  });
  return { links: made, rest };
}

/** It names the component, and is open. One of the coordinator may have ended shortly before. */
function takes(incident: PublicIncident, { id, group }: FollowedMonitor, now: number): boolean {
  const { components, resolvedAt } = incident;
  const isNear =
    resolvedAt === null ||
    (isUntouched(incident) && incident.postmortem === null && now - resolvedAt <= REUSE_MS);
  const refs: ReadonlySet<string> = new Set([monitorRef(id), ...(group === null ? [] : [`group:${group}`])]);
  return isNear && components.some(({ component }) => refs.has(component));
}

/** An outage of the same group, which began shortly before, is still open in it. */
function joins(
  pages: readonly LeadPage[],
  facts: OutageFacts,
  incident: PublicIncident,
  outage: Outage,
  monitors: ReadonlyMap<number, FollowedMonitor>,
): boolean {
  if (!isUntouched(incident) || incident.resolvedAt !== null) return false;
  const key = keyOf(pages, monitors.get(outage.monitorNumber)!);
  return facts.outages.some((other) => {
    const monitor = monitors.get(other.monitorNumber);
    return (
      monitor !== undefined &&
      incident.incidents.includes(other.id) &&
      Math.abs(outage.detectedAt - other.detectedAt) <= JOIN_MS &&
      keyOf(pages, monitor) === key
    );
  });
}

function followOwn(
  pages: readonly LeadPage[],
  facts: OutageFacts,
  incident: PublicIncident,
  now: number,
): OutageAction[] {
  if (incident.origin !== 'probes' || incident.resolvedAt !== null) return [];
  const open = facts.outages.filter(({ id }) => incident.incidents.includes(id));
  const due = duePages(pages, facts, incident, open, now);
  if (due.length > 0) return [{ type: 'publish', incident, pages: due }];
  const measured = facts.measured.filter(({ id }) => incident.incidents.includes(id));
  const ended = endOf(measured);
  if (ended === null || !isUntouched(incident)) return [];
  if (incident.state === 'draft')
    return now - ended > keepDraftMs(pages, facts, incident) ? [{ type: 'discard', incident }] : [];
  const isMeasured = measured.every(({ reason }) => reason === null);
  return now - ended >= QUIET_MS ? [{ type: 'resolve', incident, at: ended, measured: isMeasured }] : [];
}

/** Pages whose time has come while an outage that they show lasts. A person who published it decides about all pages. */
function duePages(
  pages: readonly LeadPage[],
  facts: OutageFacts,
  incident: PublicIncident,
  open: readonly Outage[],
  now: number,
): string[] {
  if (incident.pages === 'all' || (incident.state === 'published' && !isUntouched(incident))) return [];
  const published: readonly string[] = incident.state === 'published' ? incident.pages : [];
  return pages.flatMap(({ id, config, access }) => {
    if (config.lead !== 'delayed' || published.includes(id)) return [];
    const isDue = open.some(({ monitorNumber, detectedAt }) => {
      const monitor = facts.monitors.find(({ number }) => number === monitorNumber);
      const isShown = monitor !== undefined && showsMonitor({ config, access }, monitor);
      return isShown && now - detectedAt >= config.publishAfterMinutes * 60_000;
    });
    return isDue ? [id] : [];
  });
}

/** When the last of them ended. Null: one is open, or they are no longer stored. */
function endOf(measured: readonly MeasuredIncident[]): number | null {
  if (measured.length === 0 || measured.some(({ resolvedAt }) => resolvedAt === null)) return null;
  return Math.max(...measured.map(({ resolvedAt }) => resolvedAt!));
}

/** Where people publish, they have time to. Where the coordinator would have published, the outage was too short for readers. */
function keepDraftMs(pages: readonly LeadPage[], facts: OutageFacts, { components }: PublicIncident): number {
  const named = new Set(components.map(({ component }) => component));
  const own = facts.monitors.filter(({ id }) => named.has(monitorRef(id)));
  const isForPeople = pages.some(
    (page) => page.config.lead === 'draft' && own.some((monitor) => showsMonitor(page, monitor)),
  );
  return isForPeople ? KEEP_DRAFT_MS : REUSE_MS;
}
