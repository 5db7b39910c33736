// Owns what pages read of locations, without loading the state of the mesh: their votes, open incidents and newest
// invocations. Does not decide in which state a location is: services/locations/location-health.ts does.
import { Buffer } from 'node:buffer';
import { type SQL, sql } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import type { Activity } from '../engine/model/activity.ts';
import { HEARTBEAT_LOCATION, type OutcomeReason } from '../engine/model/heartbeat.ts';
import type { LocationNames } from '../status-pages/location-names.ts';
import { readDeltaRuns } from './journal/codec.ts';
import { inside } from './monitor-list.ts';
import { outcomeOfByte } from './outcome-bytes.ts';
import {
  activity,
  incidents,
  journal,
  monitors as m,
  monitorStates as s,
  settings,
  shards,
} from './schema.ts';
import { LOCATION_NAMES } from './settings.ts';
import { readUnion, type Term, type UnionRow } from './union.ts';

/** Every row is one JSON text, so that tables of other columns fit into one result. */
export type JsonTerm = Term<'json'>;
export type JsonRow = UnionRow<'json'>;

export const jsonTerm = (kind: string, json: SQL, rest: SQL): JsonTerm => ({ kind, columns: { json }, rest });

export const jsonRows = <T>(rows: readonly JsonRow[], kind: string): T[] =>
  rows.flatMap((row) => (row.kind === kind ? [JSON.parse(row.json as string) as T] : []));

/** Invocations that shares and times are computed from, in the mean for each location. */
const PER_LOCATION = 60;
const MAX_INVOCATIONS = 1_200;

export interface OpenLocationIncident {
  readonly id: string;
  readonly location: string;
  readonly kind: 'quarantined' | 'lost';
  readonly startedAt: number;
  readonly failedMonitors: number;
  readonly checkedMonitors: number;
}

/** One invocation and its report. */
export interface StoredInvocation {
  readonly location: number;
  readonly at: number;
  /** From the request to the response. */
  readonly durationMs: number;
  /** Why it failed, or null. */
  readonly error: string | null;
  readonly missedDeadline: boolean;
  readonly ok: number;
  readonly failed: number;
  readonly unmeasured: number;
  /** Why runs measured nothing. */
  readonly reasons: readonly OutcomeReason[];
}

export interface ListedLocation {
  readonly id: string;
  /** Null: the engine does not know it yet, or no monitor uses it. */
  readonly number: number | null;
  /** Inside the restriction: monitors that it checks, whose vote there is failing, and that fail only there. */
  readonly monitors: number;
  readonly failing: number;
  readonly failingOnlyHere: number;
  readonly incident: OpenLocationIncident | null;
  /** End of the newest incident that is over. */
  readonly recoveredAt: number | null;
  readonly newest: StoredInvocation | null;
  /** Of the newest invocations. */
  readonly recent: {
    readonly count: number;
    readonly failed: number;
    /** The oldest of them. */
    readonly since: number;
    readonly lastSuccessAt: number | null;
    readonly durationsMs: readonly number[];
  } | null;
}

export interface LocationList {
  /** Configured ones, in that order, then others that monitors still have votes of. */
  readonly locations: readonly ListedLocation[];
  readonly names: LocationNames;
  readonly tickAt: number | null;
  readonly activity: Activity | null;
}

/** One statement. */
export async function readLocationList(
  db: D1Database,
  configured: readonly string[],
  restriction: Restriction,
): Promise<LocationList> {
  const { rows } = await readUnion(db, ['json'], locationTerms(configured.length, restriction));
  return locationList(rows, configured);
}

/** The part of a statement that reads the list. */
export function locationTerms(count: number, restriction: Restriction): JsonTerm[] {
  const limit = Math.min(MAX_INVOCATIONS, PER_LOCATION * Math.max(count, 1));
  const recent = sql`(select ${journal.id} as id, ${journal.location} as location, ${journal.at} as at,
      ${journal.detail} ->> '$.answered' - ${journal.detail} ->> '$.asked' as ms,
      ${journal.detail} ->> '$.error' as error
    from ${journal} where ${journal.kind} = 'report' order by ${journal.id} desc limit ${limit})`;
  return [
    jsonTerm(
      'vote',
      sql`json_array(number, id, sum(seen), sum(iif(vote = 'failing', seen, 0)),
        sum(iif(vote = 'failing' and failing = 1, seen, 0)))`,
      // Most monitors have the same votes as thousands of others: each list of votes is read once.
      sql`from (select v.value ->> 0 as number, v.value ->> 1 as id, v.value ->> 2 as vote, failing, seen
        from (select ${s.votes} as votes, ${s.failing} as failing,
            sum(coalesce(${m.number} is not null and ${inside(restriction)}, 0)) as seen
          from ${s} left join ${m} on ${m.number} = ${s.number} group by ${s.votes}, ${s.failing}) g,
          json_each(g.votes) v) group by number, id`,
    ),
    jsonTerm(
      'incident',
      incidentJson,
      sql`from ${incidents} where ${ofLocations} and ${incidents.state} = 'open'`,
    ),
    jsonTerm(
      'recovered',
      sql`json_array(${incidents.location}, max(${incidents.resolvedAt}))`,
      sql`from ${incidents} where ${ofLocations} and ${incidents.state} = 'resolved' group by ${incidents.location}`,
    ),
    jsonTerm(
      'recent',
      sql`json_array(location, count(*), sum(error is not null), min(at), max(iif(error is null, at, null)),
        json_group_array(ms))`,
      sql`from ${recent} group by location`,
    ),
    jsonTerm(
      'newest',
      invocationJson,
      sql`from ${journal} where ${journal.id} in (select max(id) from ${recent} group by location)`,
    ),
    jsonTerm(
      'names',
      sql`${settings.value}`,
      sql`from ${settings} where ${settings.name} = ${LOCATION_NAMES}`,
    ),
    livenessTerm,
  ];
}

const ofLocations = sql`${incidents.location} is not null`;

const incidentJson = sql`json_object('id', ${incidents.id}, 'location', ${incidents.location},
  'kind', ${incidents.verdict}, 'startedAt', ${incidents.startedAt},
  'failedMonitors', ${incidents.quorum} ->> '$.failedMonitors',
  'checkedMonitors', ${incidents.quorum} ->> '$.checkedMonitors')`;

const invocationJson = sql`json_object('location', ${journal.location}, 'at', ${journal.at},
  'durationMs', ${journal.detail} ->> '$.answered' - ${journal.detail} ->> '$.asked',
  'error', ${journal.detail} ->> '$.error', 'missedDeadline', ${journal.detail} ->> '$.missed' is not null,
  'monitors', hex(${journal.monitors}), 'outcomes', iif(${journal.outcomes} is null, null, hex(${journal.outcomes})))`;

/** When the newest tick started, and since when a monitor is active. */
const livenessTerm: JsonTerm = jsonTerm(
  'liveness',
  sql`json_object('tickAt', (select max(${shards.tickAt}) from ${shards}), 'activity', (
    select json_object('activeSince', ${activity.activeSince}, 'measuringSince', ${activity.measuringSince},
      'idleSince', ${activity.idleSince}, 'idleAgeMs', ${activity.idleAgeMs}) from ${activity} limit 1))`,
  sql``,
);

type Vote = readonly [number: number, id: string, monitors: number, failing: number, only: number];
type Recent = readonly [
  ...[location: number, count: number, failed: number, since: number],
  ...[lastSuccessAt: number | null, durationsMs: readonly number[]],
];
type InvocationJson = Omit<
  StoredInvocation,
  'ok' | 'failed' | 'unmeasured' | 'reasons' | 'missedDeadline'
> & {
  readonly missedDeadline: number;
  readonly monitors: string;
  readonly outcomes: string | null;
};

export function locationList(rows: readonly JsonRow[], configured: readonly string[]): LocationList {
  const votes = new Map(jsonRows<Vote>(rows, 'vote').map((vote) => [vote[1], vote]));
  const open = jsonRows<OpenLocationIncident>(rows, 'incident');
  const recovered = new Map(jsonRows<[string, number]>(rows, 'recovered'));
  const recent = new Map(jsonRows<Recent>(rows, 'recent').map((one) => [one[0], one]));
  const newest = new Map(
    jsonRows<InvocationJson>(rows, 'newest').map((json) => [json.location, storedInvocation(json)]),
  );
  const [liveness] = jsonRows<Pick<LocationList, 'tickAt' | 'activity'>>(rows, 'liveness');
  votes.delete(HEARTBEAT_LOCATION);
  const locations = [...new Set([...configured, ...votes.keys()])].map((id): ListedLocation => {
    const [number = null, , monitors = 0, failing = 0, failingOnlyHere = 0] = votes.get(id) ?? [];
    const known = number === null ? undefined : recent.get(number);
    return {
      ...{ id, number, monitors, failing, failingOnlyHere },
      incident: open.find(({ location }) => location === id) ?? null,
      recoveredAt: recovered.get(id) ?? null,
      newest: (number === null ? undefined : newest.get(number)) ?? null,
      recent: known
        ? {
            ...{ count: known[1], failed: known[2], since: known[3] },
            ...{ lastSuccessAt: known[4], durationsMs: known[5] },
          }
        : null,
    };
  });
  return {
    locations,
    names: jsonRows<LocationNames>(rows, 'names')[0] ?? {},
    tickAt: liveness?.tickAt ?? null,
    activity: liveness?.activity ?? null,
  };
}

function storedInvocation({ monitors, outcomes, missedDeadline, ...json }: InvocationJson): StoredInvocation {
  const bytes = outcomes === null ? null : Buffer.from(outcomes, 'hex');
  const runs = bytes === null ? readDeltaRuns(Buffer.from(monitors, 'hex'), 'monitors').length : bytes.length;
  const causes = [...(bytes ?? [])].map(outcomeOfByte);
  const failed = causes.filter(({ outcome }) => outcome === 'failed').length;
  const reasons = causes.flatMap(({ reason }) => reason ?? []);
  return {
    ...{ ...json, missedDeadline: missedDeadline === 1 },
    ...{ ok: runs - failed - reasons.length, failed, unmeasured: reasons.length },
    reasons: [...new Set(reasons)],
  };
}

export interface FailingMonitor {
  readonly id: string;
  readonly name: string;
  /** Start of the streak of failures there. Null: unknown. */
  readonly since: number | null;
  /** Locations where it fails, and that have a vote. */
  readonly failing: number;
  readonly voters: number;
}

export interface LocationDetail {
  readonly failing: readonly FailingMonitor[];
  /** The newest ones, open ones first. */
  readonly incidents: readonly (OpenLocationIncident & { readonly resolvedAt: number | null })[];
  /** The newest first. */
  readonly invocations: readonly StoredInvocation[];
}

const MAX_LISTED = 20;

/** What the page of one location shows beside the row of the list. One statement. */
export async function readLocationDetail(
  db: D1Database,
  { id, number }: Pick<ListedLocation, 'id' | 'number'>,
  restriction: Restriction,
): Promise<LocationDetail> {
  const { rows } = await readUnion(
    db,
    ['json'],
    [
      jsonTerm(
        'failing',
        sql`json_object('id', ${m.id}, 'name', ${m.name}, 'since', v.value ->> 3, 'failing', ${s.failing},
        'voters', ${s.failing} + ${s.passing})`,
        sql`from ${s} join ${m} on ${m.number} = ${s.number}, json_each(${s.votes}) v
        where ${s.failing} > 0 and v.value ->> 1 = ${id} and v.value ->> 2 = 'failing' and ${inside(restriction)}
        order by ${s.failing}, ${m.name} limit ${MAX_LISTED}`,
      ),
      jsonTerm(
        'past',
        sql`json_patch(${incidentJson}, json_object('resolvedAt', ${incidents.resolvedAt}))`,
        // One of a location belongs to no team.
        sql`from ${incidents} where ${incidents.location} = ${id} and ${restriction === null ? sql`true` : sql`false`}
        order by ${incidents.startedAt} desc limit ${MAX_LISTED}`,
      ),
      jsonTerm(
        'invocation',
        invocationJson,
        sql`from (select * from ${journal} where ${journal.kind} = 'report' order by ${journal.id} desc
          limit ${MAX_INVOCATIONS}) as "journal" where ${journal.location} = ${number ?? -1}
        order by ${journal.id} desc limit ${MAX_LISTED}`,
      ),
    ],
  );
  return {
    failing: jsonRows(rows, 'failing'),
    incidents: jsonRows(rows, 'past'),
    invocations: jsonRows<InvocationJson>(rows, 'invocation').map(storedInvocation),
  };
}
