// What must hold in every world. The seed is printed, so that a run can be repeated: PROPERTY_SEED, PROPERTY_RUNS.
// Longer than most files because all properties share the comparison with the reference.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply } from '../../src/engine/apply.ts';
import type {
  IncidentRecord,
  MonitorEvent,
  MonitorNotification,
} from '../../src/engine/model/notification.ts';
import { emptyState, type LocationState, type State } from '../../src/engine/model/state.ts';
import { WARNING_KINDS, type WarningKind } from '../../src/engine/model/warning.ts';
import { activeWindow } from '../../src/engine/notifications/windows.ts';
import { countVotes } from '../../src/engine/voting/quorum.ts';
import { decodeEntry, encodeEntry } from '../../src/store/journal/codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/store/snapshot/codec.ts';
import {
  heal,
  playWorld,
  type Step,
  type WorldSpec,
  worldArbitrary,
} from '../support/engine/random-world.ts';
import { type Facts, Reference } from '../support/engine/reference.ts';
import { T0, type World } from '../support/engine/world.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 300);
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`property seed ${seed}, ${numRuns} runs each`);

/** Ten thousand worlds take longer than the default test time. */
const TIMEOUT_MS = 900_000;

const inEveryWorld = (title: string, check: (spec: WorldSpec) => void): void =>
  test(title, () => fc.assert(fc.property(worldArbitrary, check), { numRuns, seed }), TIMEOUT_MS);

/** Reports of machines and windows of people, but no change of a monitor or a location. */
const STEADY = ['doubled', 'late', 'gap', 'missed', 'maintenance', 'silence'] as const;

function factsOf(state: State, number: number): Facts {
  const { byLocation, round } = state.monitors.get(number)!;
  return {
    assigned: [...byLocation].map(([location, { assignedAt }]) => ({
      number: location,
      assignedAt: assignedAt ?? 0,
    })),
    isRoundOpen: round !== null,
    waiting: round?.results ?? [],
    silent: new Set([...byLocation].filter(([, status]) => status.noResponse).map(([location]) => location)),
    quarantined: new Set(
      [...state.locations.values()]
        .filter(({ incident }) => incident?.kind === 'quarantined')
        .map((one) => one.number),
    ),
  };
}

const warningKindOf = (event: MonitorEvent): WarningKind | null =>
  WARNING_KINDS.find((kind) => event === `monitor.${kind}`) ?? null;

const isQuarantined = (location: LocationState | undefined): boolean =>
  location?.incident?.kind === 'quarantined';

/** Plays a world of steady monitors beside the reference. */
function compare(
  spec: WorldSpec,
  check: (step: Step, number: number, expected: ReturnType<Reference['evaluate']>) => void,
): World {
  const references = new Map<number, Reference>();
  return playWorld(spec, {
    only: STEADY,
    see(step) {
      const { entry, before, after } = step;
      for (const [number, monitor] of after.monitors) {
        const reference = references.get(number) ?? new Reference(number, monitor.policy, T0);
        references.set(number, reference);
        const concerned =
          entry.kind === 'report'
            ? entry.observations.some((one) => one.monitor === number)
            : entry.changes.some((one) => one.type === 'monitor.reevaluated' && one.number === number);
        // A quarantine, or its end, changes the votes on every monitor; a lost location had lost its votes before.
        const quarantineChanged = [...after.locations.values()].some(
          (location) => isQuarantined(location) !== isQuarantined(before.locations.get(location.number)),
        );
        const changed = monitor.verdict !== before.monitors.get(number)?.verdict;
        const isEvaluated =
          concerned || quarantineChanged || changed || step.sent.some((one) => one.monitor === number);
        if (isEvaluated) check(step, number, reference.evaluate(entry, factsOf(after, number)));
      }
    },
  });
}

const byMonitor = <T extends { readonly monitor: number }>(all: readonly T[]): T[][] =>
  [...new Set(all.map(({ monitor }) => monitor))].map((number) =>
    all.filter(({ monitor }) => monitor === number),
  );

describe('in every world', () => {
  inEveryWorld('the verdict is that of the naive reference, after every entry', (spec) => {
    compare(spec, ({ after, entry }, number, expected) => {
      const { verdict } = after.monitors.get(number)!;
      if (!expected.isBorderline) expect([entry.at, verdict]).toEqual([entry.at, expected.verdict]);
    });
  });

  inEveryWorld(
    'a monitor goes down only with the required number of locations at the required streak',
    (spec) => {
      compare(spec, ({ before, after }, number, { opinions, required }) => {
        const monitor = after.monitors.get(number)!;
        const was = before.monitors.get(number)?.incident;
        if (monitor.incident?.verdict !== 'down' || was?.verdict === 'down') return;
        const failing = opinions.filter(
          ({ abstains, runOf, run }) => !abstains && runOf === 'failed' && run >= monitor.policy.failures,
        );
        expect(failing.length).toBeGreaterThanOrEqual(required);
      });
    },
  );

  inEveryWorld(
    'a warning is sent only when the required number of voters warn, each at its streak, and the monitor is up',
    (spec) => {
      compare(spec, ({ after, sent }, number, { opinions, required, verdict, isBorderline }) => {
        for (const { event, monitor, scope } of sent) {
          const kind = warningKindOf(event);
          if (monitor !== number || kind === null) continue;
          const warning = opinions.filter(({ abstains, warns }) => !abstains && warns[kind]);
          expect(warning.length).toBeGreaterThanOrEqual(isBorderline ? 1 : required);
          if (isBorderline) continue;
          expect(warning.map(({ location }) => location).sort()).toEqual([...scope].sort());
          expect(verdict).toBe('up');
          expect(after.monitors.get(number)).toMatchObject({ incident: null, flapping: null });
        }
      });
    },
  );

  inEveryWorld('each location warns as in the naive reference, after every entry', (spec) => {
    compare(spec, ({ after }, number, { opinions }) => {
      for (const { location, warns } of opinions) {
        const warnings = after.monitors.get(number)!.byLocation.get(location)!.warnings;
        const { degraded, certificate } = warnings ?? { degraded: null, certificate: null };
        expect({ degraded: degraded?.active ?? false, certificate: certificate?.active ?? false }).toEqual(
          warns,
        );
      }
    });
  });

  inEveryWorld('a warning is sent again only after it ended, or at a lower limit', (spec) => {
    const sent = new Map<string, number>();
    playWorld(spec, {
      see(step) {
        for (const { event, monitor } of step.sent) {
          const kind = warningKindOf(event);
          if (kind === null) continue;
          const { limit } = step.after.monitors.get(monitor)!.warnings![kind]!;
          expect(limit).toBeLessThan(sent.get(`${monitor} ${kind}`) ?? Number.POSITIVE_INFINITY);
          sent.set(`${monitor} ${kind}`, limit);
        }
        for (const key of sent.keys()) {
          const [monitor, kind] = key.split(' ');
          const raised = step.after.monitors.get(Number(monitor))?.warnings;
          if (!raised?.[kind as 'degraded' | 'certificate']) sent.delete(key);
        }
      },
    });
  });

  inEveryWorld('warnings change no verdict, no vote, no round and no incident', (spec) => {
    const shape = (world: World): unknown => ({
      // A warning adds to the evidence; everything else is the same.
      sent: world.notifications
        .filter(({ event }) => warningKindOf(event) === null)
        .map(({ evidence: _, ...notification }) => notification),
      locations: world.locationNotifications,
      records: world.records.map((record) => ({ ...record, evidence: null })),
      monitors: [...world.state.monitors.values()].map(
        ({ byLocation, warnings: _, detached: ____, ...monitor }) => ({
          ...{
            ...monitor,
            round: monitor.round && { ...monitor.round, results: monitor.round.results.length },
          },
          statuses: [...byLocation].map(([location, { warnings: __, lastResult: ___, ...status }]) => ({
            location,
            ...status,
          })),
        }),
      ),
    });
    // The end of a window evaluates a monitor with an unsent notification earlier than planned.
    const only = [...STEADY, 'pause', 'retarget', 'policy', 'location', 'delete'] as const;
    const unplanned = only.filter((what) => what !== 'maintenance' && what !== 'silence');
    const without = playWorld({ ...spec, degraded: 0 }, { only: unplanned });
    expect(shape(playWorld(spec, { only: unplanned }))).toEqual(shape(without));
  });

  inEveryWorld('unmeasured, stale and quarantined locations never vote', (spec) => {
    compare(spec, ({ after, entry }, number, { opinions, isBorderline }) => {
      const votes = countVotes(after, after.monitors.get(number)!, entry.at);
      const voters = [...votes.failing, ...votes.passing].sort((a, b) => a - b);
      const voting = opinions.filter(({ abstains }) => !abstains).map(({ location }) => location);
      if (!isBorderline) expect(voters).toEqual(voting.sort((a, b) => a - b));
    });
    const quiet = { ...spec, failing: 0, unmeasured: 60, degraded: 0 };
    const silent = playWorld(quiet, { only: ['gap', 'missed'] });
    expect(silent.events().filter((event) => !event.startsWith('monitor.no_data'))).toEqual([]);
  });

  inEveryWorld('one location alone never opens an incident of a monitor', (spec) => {
    const locations = Math.max(2, spec.locations);
    const who = 1 + (spec.seed % locations);
    const world = playWorld(
      { ...spec, locations, failing: 0, unmeasured: 0 },
      { only: ['gap', 'maintenance'] },
    );
    world.sees = (location, at) => (location === who && Math.floor(at / 50_000) % 3 > 0 ? 'failed' : 'ok');
    world.play(world.now + 600_000);
    expect(world.records.filter((record) => 'monitor' in record)).toEqual([]);
  });

  inEveryWorld(
    'incidents open and end alternately, and begin before they are detected and before they end',
    (spec) => {
      const { records } = playWorld(spec);
      const ofMonitors = records.filter(
        (record): record is Extract<IncidentRecord, { monitor: number }> => 'monitor' in record,
      );
      for (const own of byMonitor(ofMonitors)) {
        let open: string | null = null;
        const observation = new Set<string>();
        for (const { incident } of own) {
          expect(incident.startedAt).toBeLessThanOrEqual(incident.detectedAt);
          if (incident.resolvedAt !== null) {
            expect(incident.id).toBe(open);
            expect(incident.resolvedAt).toBeGreaterThanOrEqual(incident.startedAt);
            open = null;
          } else if (open === null) {
            expect(observation.has(incident.id)).toBe(false);
            observation.add(incident.id);
            open = incident.id;
          } else expect([incident.id, incident.verdict]).toEqual([open, 'down']);
        }
      }
    },
  );

  inEveryWorld('no notification is sent twice, and every end is sent after its opening', (spec) => {
    const world = playWorld(spec);
    const ids = [...world.notifications, ...world.locationNotifications].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const own of byMonitor<MonitorNotification>(world.notifications)) {
      let sent: string | null = null;
      for (const { event, incident } of own) {
        if (!incident) continue;
        if (event === 'incident.resolved' || event === 'incident.partial_resolved') {
          expect(incident.id).toBe(sent);
          sent = null;
        } else {
          if (sent !== null) expect([event, incident.id]).toEqual(['incident.opened', sent]);
          sent = incident.id;
        }
      }
    }
  });

  inEveryWorld(
    'a window suppresses all notifications except the ends that pausing and deleting send',
    (spec) => {
      playWorld(spec, {
        see({ entry, after, sent }) {
          const withdrawn =
            entry.kind === 'change' && entry.changes.some(({ type }) => type.startsWith('monitor'));
          for (const { monitor, at } of withdrawn ? [] : sent)
            expect(activeWindow(after, monitor, at)).toBeNull();
        },
      });
    },
  );

  inEveryWorld('a replay of the journal is the state, also through its rows and snapshots', (spec) => {
    let fromRows = emptyState;
    let fromSnapshot = emptyState;
    let count = 0;
    playWorld(spec, {
      see({ entry }) {
        const decoded = decodeEntry(encodeEntry(entry));
        const a = apply(fromRows, decoded);
        const b = apply(fromSnapshot, decoded);
        expect(b.notifications).toEqual(a.notifications);
        expect(b.records).toEqual(a.records);
        fromRows = a.value;
        count += 1;
        fromSnapshot = count % 3 === 0 ? decodeSnapshot(encodeSnapshot(b.value)) : b.value;
      },
    });
    expect(encodeSnapshot(fromSnapshot)).toBe(encodeSnapshot(fromRows));
  });

  inEveryWorld('at most a third of the locations are quarantined', (spec) => {
    playWorld(
      { ...spec, grain: 'location' },
      {
        see({ after }) {
          const all = [...after.locations.values()];
          const enabled = all.filter((location) => location.enabled).length;
          const quarantined = all.filter(({ incident }) => incident?.kind === 'quarantined').length;
          expect(quarantined).toBeLessThanOrEqual(Math.floor(enabled / 3));
        },
      },
    );
  });

  inEveryWorld('a healthy world leads back to up, with nothing open and nothing unsent', (spec) => {
    const world = playWorld(spec);
    heal(world);
    world.play(world.now + 7_500_000);
    for (const monitor of world.state.monitors.values()) {
      const { verdict, incident, notified, noDataId, flapping, round, warnings } = monitor;
      expect({ verdict, incident, notified, noDataId, flapping, round, warnings }).toEqual({
        ...{ verdict: 'up', incident: null, notified: null, noDataId: null, flapping: null, round: null },
        warnings: null,
      });
    }
    if (world.state.monitors.size > 0) {
      for (const { incident } of world.state.locations.values()) expect(incident).toBeNull();
    }
    const count = (event: string): number => world.events().filter((one) => one === event).length;
    expect(count('monitor.no_data')).toBe(count('monitor.no_data_resolved'));
    expect(count('monitor.flapping')).toBe(count('monitor.flapping_ended'));
  });
});

describe('within a round', () => {
  test(
    'neither the order of arrival nor duplicated results change the votes of a round',
    () =>
      fc.assert(
        fc.property(
          fc.array(fc.constantFrom('ok', 'failed', 'unmeasured'), { minLength: 5, maxLength: 5 }),
          fc.shuffledSubarray([2, 3, 4, 5, 6], { minLength: 5, maxLength: 5 }),
          fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
          (saws, order, doubles) => {
            const play = (locations: readonly number[]): unknown => {
              const { world, startedAt } = withFanOut();
              for (const location of locations) {
                world.report(
                  location,
                  { 1: saws[location - 2] as 'ok' | 'failed' | 'unmeasured' },
                  startedAt,
                );
              }
              const { byLocation, verdict, round } = world.state.monitors.get(1)!;
              const votes = [...byLocation].map(([location, { vote, streakOf, streak, noResponse }]) => ({
                ...{ location, vote, streakOf, streak, noResponse },
              }));
              return { votes, verdict, asked: round?.asked, step: round?.step };
            };
            const doubled = order.flatMap((location, index) =>
              doubles.includes(index) && index < 4 ? [location, location] : [location],
            );
            expect(play(doubled)).toEqual(play([2, 3, 4, 5, 6]));
          },
        ),
        { numRuns, seed },
      ),
    TIMEOUT_MS,
  );
});

/** A world whose fan-out has just asked locations 2…6 because location 1 failed. */
function withFanOut(): { world: World; startedAt: number } {
  const world = playWorld({
    ...{
      locations: 6,
      parents: [],
      seed: 1,
      failing: 0,
      unmeasured: 0,
      degraded: 0,
      grain: 'path',
      minutes: 4,
      events: [],
    },
    policies: [{ intervalMs: 60_000, quorum: 'majority', failures: 2, recoveries: 2 }],
  });
  world.report(1, { 1: 'failed' }, T0 + 241_000);
  return { world, startedAt: T0 + 242_000 };
}
