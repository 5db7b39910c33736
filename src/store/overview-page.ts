// Owns what the overview of the dashboard reads beside the counts of monitors: health, incidents, maintenances, who is on
// call, locations, and what a new mesh lacks. One statement. Does not decide what matters.
import { sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { Schedule } from '../routing/model.ts';
import {
  type JsonTerm,
  jsonRows,
  jsonTerm,
  type LocationList,
  locationList,
  locationTerms,
} from './location-list.ts';
import { inside } from './monitor-list.ts';
import {
  channels,
  health,
  incidents as i,
  identityProviders,
  monitors as m,
  maintenanceSpans,
  people,
  schedules,
  statusPages,
  type TrackedReason,
  windows as w,
} from './schema.ts';
import { readUnion } from './union.ts';

const INCIDENTS = 10;
const MAINTENANCES = 8;
const SCHEDULES = 20;

export interface OverviewIncident {
  readonly id: string;
  readonly verdict: 'partial' | 'down' | 'quarantined' | 'lost';
  /** Null: it is about a location. */
  readonly monitorId: string | null;
  readonly monitorName: string;
  readonly location: string | null;
  readonly startedAt: number;
  readonly resolvedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: number | null;
}

export interface OverviewMaintenance {
  readonly id: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface OverviewSchedule extends Schedule {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface OverviewPerson {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  /** At least one channel reaches the person. */
  readonly isReachable: boolean;
}

/** What a new mesh has already. */
export interface SetUp {
  readonly monitor: boolean;
  readonly channel: boolean;
  /** A channel has delivered something. */
  readonly delivered: boolean;
  /** A status page was edited, or shows a public monitor. */
  readonly statusPage: boolean;
  /** More than one person, or an identity provider. */
  readonly people: boolean;
}

export interface Overview {
  /** As the newest tick found them. */
  readonly reasons: readonly TrackedReason[];
  /** The newest ones. */
  readonly incidents: readonly OverviewIncident[];
  /** Of the monitors that are asked for, by id of the incident. */
  readonly acknowledged: ReadonlyMap<string, OverviewIncident>;
  /** Running ones and the next ones, by start. */
  readonly maintenances: readonly OverviewMaintenance[];
  readonly schedules: readonly OverviewSchedule[];
  readonly people: readonly OverviewPerson[];
  readonly setUp: SetUp;
  readonly locations: LocationList;
}

interface Asked {
  readonly restriction: Restriction;
  readonly locations: readonly string[];
  /** Incidents whose acknowledgement is shown. */
  readonly incidentIds: readonly string[];
  readonly now: number;
}

export async function readOverview(db: D1Database, asked: Asked): Promise<Overview> {
  const { restriction, locations } = asked;
  const { rows } = await readUnion(
    db,
    ['json'],
    [...overviewTerms(asked), ...locationTerms(locations.length, restriction)],
  );
  const named = jsonRows<OverviewIncident>(rows, 'named');
  return {
    reasons: jsonRows<TrackedReason[]>(rows, 'health')[0] ?? [],
    incidents: jsonRows(rows, 'newestIncident'),
    acknowledged: new Map(named.map((incident) => [incident.id, incident])),
    maintenances: jsonRows(rows, 'maintenance'),
    schedules: jsonRows(rows, 'schedule'),
    people: jsonRows<OverviewPerson>(rows, 'person').map((person) => ({
      ...{ ...person, disabled: Boolean(person.disabled), isReachable: Boolean(person.isReachable) },
    })),
    setUp: setUpOf(jsonRows<number[]>(rows, 'setUp')[0] ?? []),
    locations: locationList(rows, locations),
  };
}

const setUpOf = (flags: readonly number[]): SetUp => {
  const [monitor = 0, channel = 0, delivered = 0, statusPage = 0, persons = 0] = flags;
  return {
    ...{ monitor: monitor === 1, channel: channel === 1, delivered: delivered === 1 },
    ...{ statusPage: statusPage === 1, people: persons === 1 },
  };
};

const incidentJson = sql`json_object('id', ${i.id}, 'verdict', ${i.verdict},
  'monitorId', nullif(${i.monitorId}, ''), 'monitorName', ${i.monitorName}, 'location', ${i.location},
  'startedAt', ${i.startedAt}, 'resolvedAt', ${i.resolvedAt}, 'acknowledgedBy', ${i.acknowledgedBy},
  'acknowledgedAt', ${i.acknowledgedAt})`;

function overviewTerms({ restriction, incidentIds, now }: Asked): JsonTerm[] {
  const personIds = sql`select p.value from ${schedules}, json_tree(json_array(json(${schedules.rotations}),
    json(${schedules.overrides}))) p where p.type = 'text'`;
  return [
    jsonTerm('health', sql`${health.reasons}`, sql`from ${health} order by ${health.seq} desc limit 1`),
    jsonTerm('newestIncident', incidentJson, newestIncidents(restriction)),
    jsonTerm(
      'named',
      incidentJson,
      sql`from ${i} where ${i.id} in (select value from json_each(${JSON.stringify(incidentIds)}))`,
    ),
    jsonTerm(
      'maintenance',
      sql`json_object('id', ${w.id}, 'name', ${w.name}, 'from', s.value ->> 0, 'to', s.value ->> 1)`,
      sql`from ${maintenanceSpans}, json_each(${maintenanceSpans.spans}) s
        join ${w} on ${maintenanceSpans.id} = 'maintenance:' || ${w.id} and ${w.kind} = 'maintenance'
        where s.value ->> 1 > ${now} and ${windowIsInside(restriction)}
        order by s.value ->> 0, ${w.id} limit ${MAINTENANCES}`,
    ),
    jsonTerm(
      'schedule',
      sql`json_object('id', ${schedules.id}, 'name', ${schedules.name}, 'timeZone', ${schedules.timeZone},
        'rotations', json(${schedules.rotations}), 'overrides', json(${schedules.overrides}),
        'tags', json(${schedules.tags}))`,
      sql`from ${schedules} order by ${schedules.name}, ${schedules.id} limit ${SCHEDULES}`,
    ),
    jsonTerm(
      'person',
      sql`json_object('id', ${people.id}, 'name', ${people.name}, 'disabled', ${people.disabled},
        'isReachable', exists (select 1 from json_each(${people.channels}) c
          where c.value in (select ${channels.id} from ${channels})))`,
      sql`from ${people} where ${people.id} in (${personIds})`,
    ),
    jsonTerm(
      'setUp',
      sql`json_array(exists (select 1 from ${m}), exists (select 1 from ${channels}),
        exists (select 1 from ${channels} where ${channels.lastSuccessAt} is not null),
        exists (select 1 from ${statusPages}) or exists (select 1 from ${m} where ${m.public} = 1),
        (select count(*) from (select 1 from ${people} limit 2)) > 1
          or exists (select 1 from ${identityProviders}))`,
      sql``,
    ),
  ];
}

/** Of a restricted person, each monitor's own: one of a location belongs to no team. */
const newestIncidents = (restriction: Restriction) =>
  restriction === null
    ? sql`from ${i} order by ${i.startedAt} desc, ${i.id} desc limit ${INCIDENTS}`
    : sql`from ${m} cross join ${i} on ${i.monitorId} = ${m.id} and ${i.monitorNumber} = ${m.number}
        where ${inside(restriction)} order by ${i.startedAt} desc, ${i.id} desc limit ${INCIDENTS}`;

/** The same rule as `isScopeInside`. */
const windowIsInside = (restriction: Restriction) =>
  restriction === null
    ? sql`true`
    : sql`json_type(${w.monitors}) = 'array'
        and json_array_length(${w.monitors}) + json_array_length(${w.tags}) > 0
        and not exists (select 1 from json_each(${w.monitors}) listed
          where listed.value not in (select ${m.id} from ${m} where ${inside(restriction)}))
        and not exists (select 1 from json_each(${w.tags}) t, (select ${JSON.stringify(restriction)} as tags) r
          where t.value not in (select value from json_each(r.tags))
            and substr(t.value, 1, instr(t.value || ':', ':') - 1) not in (select value from json_each(r.tags)))`;
