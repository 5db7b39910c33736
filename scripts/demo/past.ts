// Owns the demo's past as rows: 90 made-up days with their check runs, their incidents, what the team wrote of one, and an
// announcement that says so. Does not write them: place-past.ts does.
import { encodeDay } from '../../src/store/history/day-codec.ts';
import { dayRecordOf } from '../../src/store/history/day-record.ts';
import { EMPTY_HISTORY, type Fact } from '../../src/store/history/history-state.ts';
import { dayOf, dayStart, seriesId } from '../../src/store/history/ids.ts';
import { encodeRecent } from '../../src/store/history/recent-codec.ts';
import { encodeSegment, type SeriesRun } from '../../src/store/history/series-codec.ts';
import { encodeState } from '../../src/store/history/state-codec.ts';
import { pingId } from '../../src/store/pings.ts';
import { totalsOf } from '../../src/uptime/moments.ts';
import { JOB } from './job.ts';
import { COARSE_STEP_MS, pastRuns, RUN_STEP_MS, type Trouble } from './past-runs.ts';
import { GROUPS, TARGETS } from './targets.ts';

export const DEMO_ANNOUNCEMENT = 'ann_demo';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Moment = 'down' | 'partial' | 'no_data' | 'maintenance';
const LAYERS = { down: 'd', partial: 'a', no_data: 'n', maintenance: 'm' } as const;

interface Event {
  readonly monitor: string;
  readonly daysAgo: number;
  readonly moment: Moment;
  /** From midnight UTC. */
  readonly hour: number;
  readonly minutes: number;
}

/** Days of history. Others have 90. */
const YOUNGER: Readonly<Record<string, number>> = { chat: 40 };
const HISTORY_DAYS = 90;
/** Days whose runs are kept one by one, before today. Of the others, the figures of the day are. */
const RUN_DAYS = 8;
/** As many locations as `npm start` has. */
const VOTERS = 6;

const CHECKOUT_OUTAGE: Event = { monitor: 'checkout', daysAgo: 9, moment: 'down', hour: 14, minutes: 25 };
const SHOP_OUTAGE: Event = { monitor: 'web-shop', daysAgo: 24, moment: 'down', hour: 3, minutes: 138 };

const EVENTS: readonly Event[] = [
  ...[CHECKOUT_OUTAGE, SHOP_OUTAGE],
  { monitor: 'web-shop', daysAgo: 61, moment: 'maintenance', hour: 1, minutes: 90 },
  { monitor: 'mail', daysAgo: 33, moment: 'partial', hour: 11, minutes: 50 },
  { monitor: 'mail', daysAgo: 52, moment: 'no_data', hour: 6, minutes: 420 },
  { monitor: 'mail', daysAgo: 75, moment: 'down', hour: 20, minutes: 6 },
  { monitor: 'chat', daysAgo: 12, moment: 'maintenance', hour: 0, minutes: 1_440 },
];

export type Row = [sql: string, values: (string | number | null | Uint8Array)[]];

/**
 * Monitors of an empty mesh get the numbers from 1, in the order of the demo, and so do its locations. Without locations, the
 * past has no check runs.
 */
export function pastRows(now: number, locations: readonly string[]): Row[] {
  const yesterday = dayOf(now) - 1;
  return [
    [
      'insert into compaction (shard, seq, at, day, state, ran_at) values (0, 0, ?, ?, ?, ?)',
      [
        Math.floor(now / HOUR_MS) * HOUR_MS,
        yesterday,
        encodeState({ cursor: 0, history: EMPTY_HISTORY }),
        now,
      ],
    ],
    ...TARGETS.flatMap(({ name, title }, index) =>
      historyRows({ name, title, number: index + 1 }, { now, yesterday, locations }),
    ),
    ...historyRows({ ...JOB, number: TARGETS.length + 1 }, { now, yesterday, locations: [] }),
    ...pingRows(TARGETS.length + 1, yesterday),
    ...EVENTS.filter(({ moment }) => moment === 'down' || moment === 'partial').map((event) =>
      incidentRow(event, yesterday),
    ),
    ...wordsRows(now, yesterday),
  ];
}

const startOf = ({ daysAgo, hour }: Event, yesterday: number): number =>
  dayStart(yesterday + 1 - daysAgo) + hour * HOUR_MS;

interface Monitor {
  readonly name: string;
  readonly title: string;
  readonly number: number;
}

interface Past {
  readonly now: number;
  /** The newest whole UTC day. */
  readonly yesterday: number;
  readonly locations: readonly string[];
}

function historyRows({ name, title, number }: Monitor, { now, yesterday, locations }: Past): Row[] {
  const count = (YOUNGER[name] ?? HISTORY_DAYS) - 1;
  const own = EVENTS.flatMap((event, by) => (event.monitor === name ? [{ event, by: by + 1 }] : []));
  const troubles = own.map(({ event }) => troubleOf(event, yesterday, locations));
  const stepOf = (day: number): number => (yesterday - day < RUN_DAYS ? RUN_STEP_MS : COARSE_STEP_MS);
  const runsOf = (day: number): SeriesRun[] =>
    pastRuns(
      name,
      { from: dayStart(day), to: Math.min(dayStart(day + 1), now), stepMs: stepOf(day) },
      locations.length,
      troubles,
    );
  const days = Array.from({ length: count }, (_, index) => {
    const day = yesterday - index;
    const facts = own.flatMap(({ event, by }): Fact[] => {
      const from = startOf(event, yesterday);
      if (dayOf(from) !== day) return [];
      return [{ layer: LAYERS[event.moment], by, from, to: from + event.minutes * MINUTE_MS }];
    });
    const record = dayRecordOf({
      ...{ day, facts, runs: runsOf(day), staleMs: stepOf(day), earlier: new Map(), quarantines: () => [] },
      ...{ from: dayStart(day), to: dayStart(day + 1) },
    });
    return { day, facts, record };
  });
  const totals = days.map(({ day, facts }) => {
    const spans = facts.map(({ from, to, by }) => ({ moment: EVENTS[by - 1]!.moment, from, to }));
    return totalsOf(spans, dayStart(day), dayStart(day) + DAY_MS);
  });
  const seriesDays =
    locations.length === 0 ? [] : [yesterday + 1, ...days.map(({ day }) => day).slice(0, RUN_DAYS)];
  return [
    [
      `insert into monitor_histories (number, id, name, tags, group_name, starts_at, recent_day, recent)
       values (?, ?, ?, '{}', ?, ?, ?, ?)`,
      [
        ...[number, name, title, GROUPS[name] ?? null, dayStart(yesterday - count + 1), yesterday],
        encodeRecent(totals),
      ],
    ],
    ...days.map(
      ({ day, record }): Row => [
        'insert into days (id, data) values (?, ?)',
        [seriesId(day, number), encodeDay(record)],
      ],
    ),
    ...seriesDays.map(
      (day): Row => [
        "insert into series (id, spans, data) values (?, '[]', ?)",
        [seriesId(day, number), encodeSegment({ seq: 0, runs: runsOf(day) }, dayStart(day))],
      ],
    ),
  ];
}

function troubleOf(event: Event, yesterday: number, locations: readonly string[]): Trouble {
  const from = startOf(event, yesterday);
  const scope = scopeOf(event);
  return {
    ...{ from, to: from + event.minutes * MINUTE_MS, isUnmeasured: event.moment === 'no_data' },
    failing: locations.flatMap((id, index) => (scope.includes(id) ? [index + 1] : [])),
  };
}

/** The locations from which the monitor failed. */
function scopeOf({ moment }: Event): readonly string[] {
  if (moment === 'partial') return ['aws:sa-east-1'];
  return moment === 'down'
    ? ['aws:us-east-1', 'aws:eu-central-1', 'aws:ap-northeast-1', 'aws:sa-east-1']
    : [];
}

const PING_DAYS = 30;

/** A run of the job each night, which took a little longer each week. */
function pingRows(number: number, yesterday: number): Row[] {
  return Array.from({ length: PING_DAYS }, (_, index) => {
    const startedAt = dayStart(yesterday - PING_DAYS + 1 + index) + 3 * HOUR_MS;
    const durationMs = 4_200 + 60 * index + ((index * 7_919) % 900);
    const runId = `night-${index + 1}`;
    const ping = (part: number, rest: Row[1]): Row => [
      'insert into pings (id, at, kind, run_id, exit_code, duration_ms, body, body_bytes) values (?, ?, ?, ?, ?, ?, ?, ?)',
      [pingId(number, 2 * index + part), ...rest],
    ];
    const body = `${1_100 + index * 9} files saved, 0 failed\n`;
    return [
      ping(1, [startedAt, 'start', runId, null, null, null, 0]),
      ping(2, [startedAt + durationMs, 'success', runId, 0, durationMs, body, body.length]),
    ];
  }).flat();
}

const titleOf = (name: string): string => TARGETS.find((target) => target.name === name)!.title;

const idOf = ({ monitor, daysAgo }: Event): string => `inc_demo_${monitor}_${daysAgo}`;

function incidentRow(event: Event, yesterday: number): Row {
  const from = startOf(event, yesterday);
  const number = TARGETS.findIndex(({ name }) => name === event.monitor) + 1;
  const scope = scopeOf(event);
  const quorum = { required: 4, failing: scope.length, passing: VOTERS - scope.length, abstaining: 0 };
  return [
    `insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
       resolved_at, scope, quorum, evidence) values (?, ?, ?, ?, 1, 'resolved', ?, ?, ?, ?, ?, ?, '[]')`,
    [
      ...[idOf(event), number, event.monitor, titleOf(event.monitor), event.moment, from, from + 14_000],
      ...[from + event.minutes * MINUTE_MS, JSON.stringify(scope), JSON.stringify(quorum)],
    ],
  ];
}

/** What the team wrote of one of the incidents, and the announcement. */
function wordsRows(now: number, yesterday: number): Row[] {
  const from = startOf(CHECKOUT_OUTAGE, yesterday);
  const end = from + CHECKOUT_OUTAGE.minutes * MINUTE_MS;
  const components = (impact: string): string => JSON.stringify([{ component: 'monitor:checkout', impact }]);
  const update = (id: string, at: number, status: string, impact: string, body: string): Row => [
    `insert into incident_updates (id, public_incident_id, at, status, body, components, notify, author_id, author_name,
       updated_at) values (?, 'pub_demo', ?, ?, ?, ?, 0, 'demo', 'Demo', ?)`,
    [id, at, status, body, components(impact), at],
  ];
  return [
    [
      `insert into public_incidents (id, title, state, status, components, incidents, pages, origin, started_at, resolved_at,
         postmortem, postmortem_at, tags, created_at, updated_at)
       values ('pub_demo', 'Checkout did not answer', 'published', 'resolved', ?, ?, '"all"', 'people', ?, ?, ?, ?,
         '{}', ?, ?)`,
      [
        ...[components('operational'), JSON.stringify([idOf(CHECKOUT_OUTAGE)]), from, end],
        'The process accepted connections but was stuck. **A port check would have called it healthy.**',
        ...[end + DAY_MS, from, end],
      ],
    ],
    update(
      'upd_demo_1',
      from + 4 * MINUTE_MS,
      'investigating',
      'major',
      'Payments hang. We are looking into it.',
    ),
    update('upd_demo_2', from + 16 * MINUTE_MS, 'identified', 'major', 'A process is stuck. We restart it.'),
    update('upd_demo_3', end, 'resolved', 'operational', 'All payments work again.'),
    [
      `insert into announcements (id, title, body, pages, starts_at, ends_at, notify, tags, created_at, updated_at)
       values (?, ?, ?, '"all"', ?, null, 0, '{}', ?, ?)`,
      [
        DEMO_ANNOUNCEMENT,
        'This is the demo of npm start',
        'The days before your first start are **made up**, so that you see a history. Everything from today on is measured.',
        ...[now, now, now],
      ],
    ],
  ];
}
