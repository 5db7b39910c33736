// Owns the rules about parts other than checks: single locations, deliveries, channels, secrets and storage. Pure.
// None of them stops monitoring.
import { activeMonitors } from '../../engine/model/activity.ts';
import { TICK_WITHIN_MS } from '../../engine/model/policy.ts';
import type { TickStarter } from '../../env.ts';
import { duration, percent, size } from './figures.ts';
import { unassignedMonitors, usedLocations } from './locations.ts';
import type { Rule } from './rule.ts';

/** A channel that fails for less is retried so soon that its notifications are hardly late. */
const FAILING_MS = 60_000;
const OVERDUE_MS = 600_000;
const STORAGE_SHARE = 0.8;
/** An hour is compacted at its end, and a run that failed is repeated every quarter of an hour. */
const HISTORY_BEHIND_MS = 3 * 3_600_000;
const MAX_LISTED = 5;

/** Cron is late by seconds, and sometimes one is left out. */
const CRON_WITHIN_MS = 180_000;

const STARTERS: Readonly<Record<TickStarter, string>> = {
  cron: 'the cron trigger',
  second_clock: 'the second clock',
  watchdog: 'the watchdog',
  deployment: 'the deployment',
};

export const PART_RULES = {
  cron_silent: {
    words: 'A substitute starts the checks.',
    stops: false,
    find({ facts: { starters, tickAt } }, now) {
      // Cron started the newest tick, or a Worker did that does not know who starts them.
      if (!starters || starters.newest === null || starters.otherSince === null) return null;
      // Without ticks, another reason applies.
      if (tickAt === null || now - tickAt >= TICK_WITHIN_MS) return null;
      const since = starters.cronAt ?? starters.otherSince;
      if (now - since < CRON_WITHIN_MS) return null;
      const newest =
        starters.cronAt === null
          ? `The cron trigger has never fired, although ticks run for ${duration(now - since)}`
          : `The cron trigger has not fired for ${duration(now - since)}`;
      return {
        since,
        detail: `${newest}; ticks are started by ${STARTERS[starters.newest]}. Checks run, but less evenly. Check the cron trigger in Cloudflare's dashboard.`,
      };
    },
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
        detail: `${count} of ${activeMonitors(state).length} active monitors list only locations that are not configured. Correct their \`locations\`, or LOCATIONS.`,
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
        detail: `The oldest delivery is ${duration(now - oldest)} overdue. The limit is ${duration(OVERDUE_MS)}. Check the queue and the Worker's log. Channels: ${list}.`,
      };
    },
  },
  mailings_late: {
    words: 'Messages to subscribers are late.',
    stops: false,
    find({ facts: { mailings } }, now) {
      if (mailings === undefined) return null;
      const { dueSince, failingSince, lastError } = mailings;
      if (failingSince !== null && now - failingSince >= OVERDUE_MS)
        return {
          since: failingSince + OVERDUE_MS,
          detail: `Mails to subscribers of status pages have failed for ${duration(now - failingSince)}: ${lastError ?? 'no error stored'}. Correct the \`mailChannel\` of the page.`,
        };
      if (dueSince === null || now - dueSince < OVERDUE_MS) return null;
      return {
        since: dueSince + OVERDUE_MS,
        detail: `The oldest message to a subscriber is ${duration(now - dueSince)} overdue. The limit is ${duration(OVERDUE_MS)}. Check the queue and the Worker's log.`,
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
        detail: `Of ${channels.length} channels, ${failing.length} fail and ${disabled.length} are disabled: ${texts.slice(0, MAX_LISTED).join(', ')}. No notification can be sent. Correct or enable them.`,
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
        detail: `ENCRYPTION_KEY decrypts ${opened} of ${tried} stored secrets, but not: ${undecryptable.slice(0, MAX_LISTED).join(', ')}. Restore the key, or write the secrets again.`,
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
  history_behind: {
    words: 'The history is not up to date.',
    stops: false,
    find({ facts: { history, activity, tickAt }, state }, now) {
      const { pendingSince: oldest, error } = history;
      // Ticks start the runs: without a tick, or an active monitor, another reason or none applies.
      if (oldest === null || activity === null || activity.idleSince !== null) return null;
      if (tickAt === null || now - tickAt >= TICK_WITHIN_MS) return null;
      const pendingSince = Math.max(oldest, activity.activeSince, state.resumedAt);
      if (now - pendingSince < HISTORY_BEHIND_MS) return null;
      const why =
        error === null ? "Check the queue and the Worker's log." : `The newest run failed: ${error}`;
      return {
        since: pendingSince + HISTORY_BEHIND_MS,
        detail: `The oldest report that the history does not contain is ${duration(now - pendingSince)} old. The limit is ${duration(HISTORY_BEHIND_MS)}. ${why}`,
      };
    },
  },
} as const satisfies Record<string, Rule>;
