// Owns the table of everything that can be wrong with the mesh: how each problem is found, whether it stops monitoring
// or impairs it, and how it is worded. Pure. Does not read anything: inputs.ts does.
import { activeMonitors, newestTime } from '../../engine/model/activity.ts';
import { CLOCK_TOLERANCE_MS } from '../../engine/model/policy.ts';
import type { State } from '../../engine/model/state.ts';
import type { HealthFacts } from '../../store/health.ts';
import { duration, percent, size } from './figures.ts';
import type { Liveness } from './liveness.ts';
import {
  findSharedFault,
  isSilent,
  type LocationFault,
  unassignedMonitors,
  usedLocations,
} from './locations.ts';

/** What the decision is made from. Null facts: D1 does not answer. Null state: it cannot be read. */
export interface HealthInputs {
  readonly facts: HealthFacts | null;
  readonly state: State | null;
  /** Why there are no facts, or no state. */
  readonly error: string | null;
  /** The coordinator's clock minus D1's. Null if D1 does not answer. */
  readonly clockAheadMs: number | null;
  readonly maxDatabaseBytes: number;
}

/** Inputs of a mesh whose D1 answers and whose state can be read. */
interface ReadInputs {
  readonly facts: HealthFacts;
  readonly state: State;
  readonly liveness: Liveness;
  readonly clockAheadMs: number;
  readonly maxDatabaseBytes: number;
}

interface Finding {
  /** Start of the problem. Null if nothing stored shows it. */
  readonly since: number | null;
  /** A sentence with figures, for operators. May name hosts. */
  readonly detail: string;
  /** Overrides the rule's own. */
  readonly stops?: boolean;
}

interface Rule {
  /** In words, for everyone: no names and no figures. */
  readonly words: string;
  /** Ticks or measurements have stopped: /healthz returns 503. */
  readonly stops: boolean;
  /** Checks do not run, or measure nothing. */
  readonly aboutChecks?: true;
  /** Another event notifies of it already. */
  readonly notifiedElsewhere?: true;
  find(inputs: ReadInputs, now: number): Finding | null;
}

const MINUTE_MS = 60_000;
/** A channel that fails for less is retried so soon that its notifications are hardly late. */
const FAILING_MS = MINUTE_MS;
const OVERDUE_MS = 10 * MINUTE_MS;
const STORAGE_SHARE = 0.8;
/** Every location is asked within this time after a first failure, so that one lost invocation raises nothing. */
const SHARED_FAULT_MS = MINUTE_MS;
const SHARED_FAULT_STOPS_MS = 3 * MINUTE_MS;

const isActive = ({ state }: ReadInputs): boolean => activeMonitors(state).length > 0;

/** One kind of fault that all locations share. */
const sharedFault =
  (kind: LocationFault, verb: string): Rule['find'] =>
  ({ state, facts }, now) => {
    const found = isActive({ state } as ReadInputs) ? findSharedFault(state) : null;
    if (found?.fault !== kind) return null;
    const since = newestTime([found.since, facts.activity?.activeSince ?? null], now) ?? found.since;
    const lastsMs = now - since;
    if (lastsMs < SHARED_FAULT_MS) return null;
    const all = found.locations === 1 ? 'The only location' : `All ${found.locations} locations`;
    return {
      since,
      detail: `${all} ${verb} for ${duration(lastsMs)}. ${found.detail}`,
      stops: isSilent(kind) && found.repeated && lastsMs > SHARED_FAULT_STOPS_MS,
    };
  };

const RULES = {
  clocks_apart: {
    words: "The monitoring system's clock is wrong.",
    stops: true,
    aboutChecks: true,
    find({ clockAheadMs }) {
      if (Math.abs(clockAheadMs) <= CLOCK_TOLERANCE_MS) return null;
      const way = clockAheadMs > 0 ? 'ahead of' : 'behind';
      return {
        since: null,
        detail: `The coordinator's clock is ${duration(Math.abs(clockAheadMs))} ${way} D1's clock. The limit is ${duration(CLOCK_TOLERANCE_MS)}.`,
      };
    },
  },
  ticks_stopped: {
    words: 'Checks are not started.',
    stops: true,
    aboutChecks: true,
    find({ liveness: { ticks } }) {
      if (!ticks.isOver) return null;
      const newest =
        ticks.at === null
          ? `No tick has started${ticks.ageMs === null ? ' yet' : ` for ${duration(ticks.ageMs)}`}`
          : `The newest tick started ${duration(ticks.ageMs ?? 0)} ago`;
      return {
        since: ticks.since,
        detail: `${newest}. The limit is ${duration(ticks.limitMs ?? 0)}. Check the cron trigger and the Worker's log.`,
      };
    },
  },
  measuring_stopped: {
    words: 'No location has measured anything recently.',
    stops: true,
    aboutChecks: true,
    find({ liveness: { measured }, state }, now) {
      if (!measured.isOver) return null;
      const future = [...state.locations.values()].some(
        ({ lastMeasuredAt }) => (lastMeasuredAt ?? 0) > now + CLOCK_TOLERANCE_MS,
      );
      const newest = future
        ? 'The newest measurement is dated in the future'
        : measured.ageMs === null
          ? 'Nothing has been measured yet'
          : `Nothing has been measured for ${duration(measured.ageMs)}`;
      return { since: measured.since, detail: `${newest}. The limit is ${duration(measured.limitMs ?? 0)}.` };
    },
  },
  no_locations: {
    words: 'No location is configured.',
    stops: true,
    aboutChecks: true,
    find(inputs, now) {
      const { state, facts } = inputs;
      const since = facts.activity?.activeSince ?? null;
      if (!isActive(inputs) || [...state.locations.values()].some(({ enabled }) => enabled)) return null;
      // The first tick, or the first change, adds the locations.
      if (since !== null && now - since < MINUTE_MS) return null;
      return { since: null, detail: 'No location is enabled. Set LOCATIONS in wrangler.toml.' };
    },
  },
  probes_unreachable: {
    words: 'No location can be reached.',
    stops: false,
    aboutChecks: true,
    find: sharedFault('probes_unreachable', 'could not be invoked'),
  },
  reports_unusable: {
    words: 'The results of the locations cannot be read.',
    stops: false,
    aboutChecks: true,
    find: sharedFault('reports_unusable', 'sent unusable reports'),
  },
  probe_version: {
    words: 'The locations run another version.',
    stops: false,
    aboutChecks: true,
    find: sharedFault('probe_version', 'ran a probe of another version'),
  },
  locations_offline: {
    words: 'All locations are offline.',
    stops: false,
    aboutChecks: true,
    find: sharedFault('locations_offline', 'were offline'),
  },
  nothing_measured: {
    words: 'No location measures anything.',
    stops: false,
    aboutChecks: true,
    find: sharedFault('nothing_measured', 'measured nothing'),
  },
  location_lost: {
    words: 'Some locations do not report.',
    stops: false,
    notifiedElsewhere: true,
    find({ state }, now) {
      const used = usedLocations(state);
      const lost = used.flatMap(({ id, incident, error }) =>
        incident?.kind === 'lost' ? [{ id, incident, error }] : [],
      );
      if (lost.length === 0 || lost.length === used.length) return null;
      const since = Math.min(...lost.map(({ incident }) => incident.startedAt));
      const list = lost.map(({ id, error }) => (error === null ? id : `${id} (${error})`)).join(', ');
      return {
        since,
        detail: `${lost.length} of ${used.length} locations measured nothing for up to ${duration(now - since)}: ${list}.`,
      };
    },
  },
  monitors_unassigned: {
    words: 'Some services have no location that checks them.',
    stops: false,
    find({ state }) {
      if (usedLocations(state).length === 0) return null;
      const count = unassignedMonitors(state).length;
      if (count === 0) return null;
      return {
        since: null,
        detail: `${count} of ${activeMonitors(state).length} active monitors list only locations that are not configured.`,
      };
    },
  },
  deliveries_overdue: {
    words: 'Notifications are late.',
    stops: false,
    find({ facts }, now) {
      const late = facts.channels.filter(
        ({ enabled, oldestDueAt }) => enabled && oldestDueAt !== null && now - oldestDueAt >= OVERDUE_MS,
      );
      if (late.length === 0) return null;
      const oldest = Math.min(...late.map(({ oldestDueAt }) => oldestDueAt ?? now));
      const list = late.map(({ id }) => id).join(', ');
      return {
        since: oldest + OVERDUE_MS,
        detail: `The oldest delivery is ${duration(now - oldest)} overdue. The limit is ${duration(OVERDUE_MS)}. Channels: ${list}.`,
      };
    },
  },
  channels_unusable: {
    words: 'Notifications cannot be delivered.',
    stops: false,
    find({ facts: { channels } }, now) {
      const failing = channels.filter(
        ({ enabled, failingSince }) => enabled && failingSince !== null && now - failingSince >= FAILING_MS,
      );
      const disabled = channels.filter(({ enabled }) => !enabled);
      if (channels.length === 0 || failing.length + disabled.length < channels.length) return null;
      const texts = [
        ...failing.map(({ id, lastError }) => `${id} fails (${lastError ?? 'no error stored'})`),
        ...disabled.map(
          ({ id, disabledReason }) => `${id} is disabled${disabledReason ? ` (${disabledReason})` : ''}`,
        ),
      ];
      return {
        since:
          failing.length === 0 ? null : Math.max(...failing.map(({ failingSince }) => failingSince ?? 0)),
        detail: `Of ${channels.length} channels, ${failing.length} fail and ${disabled.length} are disabled: ${texts.slice(0, 5).join(', ')}.`,
      };
    },
  },
  secrets_undecryptable: {
    words: 'Stored secrets cannot be read.',
    stops: false,
    find({ facts: { secrets } }) {
      const { tried, undecryptable } = secrets;
      if (undecryptable.length === 0) return null;
      const opened = tried - undecryptable.length;
      return {
        since: null,
        detail: `ENCRYPTION_KEY decrypts ${opened} of ${tried} stored secrets, but not: ${undecryptable.slice(0, 5).join(', ')}. Restore the key, or write the secrets again.`,
      };
    },
  },
  storage_nearly_full: {
    words: 'The database is nearly full.',
    stops: false,
    find({ facts: { databaseBytes }, maxDatabaseBytes }) {
      if (databaseBytes === null || databaseBytes <= STORAGE_SHARE * maxDatabaseBytes) return null;
      return {
        since: null,
        detail: `The database has ${size(databaseBytes)} of ${size(maxDatabaseBytes)} (${percent(databaseBytes / maxDatabaseBytes)}). The limit is ${percent(STORAGE_SHARE)}. If your plan allows more, set D1_MAX_BYTES.`,
      };
    },
  },
} as const satisfies Record<string, Rule>;

/** Without D1, without a state or without a valid configuration no rule can be asked. */
const UNREADABLE = {
  configuration_invalid: 'The monitoring system is not configured.',
  database_unavailable: 'The database does not answer.',
  state_unreadable: 'The stored state cannot be read.',
} as const;

export type ReasonCode = keyof typeof RULES | keyof typeof UNREADABLE;

export const REASON_CODES = [...Object.keys(UNREADABLE), ...Object.keys(RULES)] as [
  ReasonCode,
  ...ReasonCode[],
];

export interface Reason {
  readonly code: ReasonCode;
  readonly stops: boolean;
  readonly since: number | null;
  readonly detail: string;
}

export const reasonWords = (code: ReasonCode): string =>
  code in UNREADABLE ? UNREADABLE[code as keyof typeof UNREADABLE] : RULES[code as keyof typeof RULES].words;

export const isAboutChecks = (code: ReasonCode): boolean =>
  code in UNREADABLE || ((RULES as Record<string, Rule>)[code]?.aboutChecks ?? false);

export const isNotifiedElsewhere = (code: string): boolean =>
  (RULES as Record<string, Rule>)[code]?.notifiedElsewhere ?? false;

export const unreadable = (code: keyof typeof UNREADABLE, detail: string): Reason => ({
  code,
  stops: true,
  since: null,
  detail,
});

/** In the order of the table: what stops monitoring first. */
export const findReasons = (inputs: ReadInputs, now: number): Reason[] =>
  (Object.entries(RULES) as [keyof typeof RULES, Rule][]).flatMap(([code, rule]) => {
    const found = rule.find(inputs, now);
    return found === null ? [] : [{ code, stops: rule.stops, ...found }];
  });
