// The rule `cron_silent` alone: from when it applies, what it says, and what must not raise it.
import { expect, test } from 'vitest';
import { meshHealth } from '../../../src/services/health/mesh-health.ts';
import type { TickStarters } from '../../../src/store/health-facts.ts';
import { healthy } from '../../support/engine/entries.ts';

const MINUTE = 60_000;
const { state } = healthy(6);
const NOW = Math.max(...[...state.locations.values()].map((one) => one.lastMeasuredAt ?? 0)) + MINUTE;
const START = NOW - 60 * MINUTE;

const found = (starters: TickStarters | undefined, tickAt: number | null = NOW - MINUTE) => {
  const facts = {
    activity: { activeSince: START, measuringSince: START, idleSince: null, idleAgeMs: 0 },
    ...{ tickAt, databaseTime: NOW, databaseBytes: 1_000_000, channels: [] },
    history: { pendingSince: null, error: null },
    secrets: { tried: 0, undecryptable: [] },
    ...(starters ? { starters } : {}),
  };
  const inputs = { facts, state, error: null, clockAheadMs: 0, maxDatabaseBytes: 500_000_000 };
  const { status, reasons } = meshHealth(inputs, NOW);
  return { status, reasons: reasons.map(({ code }) => code), first: reasons[0] };
};
const silent = (cronAt: number | null, otherSince: number): TickStarters => ({
  newest: 'second_clock',
  ...{ cronAt, otherSince },
});

test('cron is silent after three minutes without it while others start ticks, which only impairs', () => {
  expect(found(silent(NOW - 3 * MINUTE + 1, NOW - MINUTE)).status).toBe('ok');
  const { status, first } = found(silent(NOW - 3 * MINUTE, NOW - MINUTE));
  expect([status, first]).toEqual([
    'impaired',
    {
      ...{ code: 'cron_silent', stops: false, since: NOW - 3 * MINUTE },
      detail:
        "The cron trigger has not fired for 3 min; ticks are started by the second clock. Checks run, but less evenly. Check the cron trigger in Cloudflare's dashboard.",
    },
  ]);
});

test('the detail names who starts the ticks instead', () => {
  const of = (newest: TickStarters['newest']) =>
    found({ newest, cronAt: NOW - 9 * MINUTE, otherSince: NOW - 7 * MINUTE }).first?.detail;
  expect(of('watchdog')).toContain('ticks are started by the watchdog.');
  expect(of('deployment')).toContain('ticks are started by the deployment.');
});

test('a cron that never fired counts from the first tick of another', () => {
  expect(found(silent(null, NOW - 2 * MINUTE)).status).toBe('ok');
  const { first } = found(silent(null, NOW - 10 * MINUTE));
  expect(first?.since).toBe(NOW - 10 * MINUTE);
  expect(first?.detail).toContain('The cron trigger has never fired, although ticks run for 10 min;');
});

test('cron that fires, an upgrade and a mesh without ticks raise nothing of it', () => {
  expect(found({ newest: 'cron', cronAt: NOW - MINUTE, otherSince: null }).reasons).toEqual([]);
  expect(found({ newest: null, cronAt: null, otherSince: null }).reasons).toEqual([]);
  expect(found(undefined).reasons).toEqual([]);
  expect(found(silent(NOW - 20 * MINUTE, NOW - 18 * MINUTE), NOW - 15 * MINUTE).reasons).not.toContain(
    'cron_silent',
  );
});
