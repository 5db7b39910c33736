// What must hold of dependencies in every world: PROPERTY_SEED and PROPERTY_RUNS repeat and extend a run.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MonitorState, State } from '../../src/engine/model/state.ts';
import { suppressionOf } from '../../src/engine/notifications/suppression.ts';
import { evaluate } from '../../src/engine/voting/evaluation.ts';
import { playWorld, type WorldSpec, worldArbitrary } from '../support/engine/random-world.ts';

/** Fewer worlds than the other properties: each of these four plays every world whole. */
const numRuns = Math.ceil(Number(process.env.PROPERTY_RUNS ?? 300) / 5);
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`property seed ${seed}, ${numRuns} runs each`);

/** A chain or a tree of monitors that fail together often. */
const familyArbitrary = worldArbitrary.map(
  (spec): WorldSpec => ({
    ...spec,
    parents: spec.policies.map((_, index) => (index === 0 ? 0 : 1 + ((spec.parents[index] ?? 0) % index))),
    grain: spec.grain === 'monitor' ? 'location' : spec.grain,
  }),
);
const inEveryFamily = (title: string, check: (spec: WorldSpec) => void): void =>
  test(title, () => fc.assert(fc.property(familyArbitrary, check), { numRuns, seed }), 900_000);

/** Written out once more, the naive way. */
function ancestorsIn(state: State, number: number): MonitorState[] {
  const found = new Set<number>();
  const visit = (one: number): void => {
    for (const parent of state.monitors.get(one)?.policy.dependsOn ?? []) {
      if (parent !== number && state.monitors.has(parent) && !found.has(parent)) {
        found.add(parent);
        visit(parent);
      }
    }
  };
  visit(number);
  return [...found].map((one) => state.monitors.get(one)!);
}
const failingAt = (state: State, monitor: MonitorState): readonly number[] =>
  evaluate(state, monitor, state.at).votes.failing;

inEveryFamily(
  'every incident is recorded by the entry that decides it, whatever holds its notification back',
  (spec) => {
    let known = 0;
    const world = playWorld(spec, {
      see({ entry, before, after }) {
        if (entry.kind !== 'report') return;
        for (const [number, { incident }] of after.monitors) {
          const was = before.monitors.get(number)?.incident;
          if (incident === null || (incident.id === was?.id && incident.verdict === was.verdict)) continue;
          known += 1;
          expect(incident.detectedAt).toBe(entry.at);
        }
      },
    });
    const opened = world.records.filter(
      (record) => 'monitor' in record && record.incident.resolvedAt === null,
    );
    expect(opened.length).toBeGreaterThanOrEqual(known);
  },
);

inEveryFamily('no regional problem of a dependency suppresses an outage or a certificate', (spec) => {
  playWorld(spec, {
    see({ after }) {
      for (const monitor of after.monitors.values()) {
        const evaluation = evaluate(after, monitor, after.at);
        for (const subject of ['opened', 'certificate'] as const) {
          if (subject === 'opened' && monitor.incident?.verdict !== 'down') continue;
          const suppression = suppressionOf(evaluation, subject);
          if (suppression?.by !== 'dependency') continue;
          expect(suppression.state).not.toBe('partial');
          const isDown = ancestorsIn(after, monitor.number).some(
            ({ incident }) => incident?.verdict === 'down',
          );
          if (subject === 'certificate') expect(isDown || suppression.state === 'detached').toBe(true);
        }
      }
    },
  });
});

inEveryFamily('no regional problem is sent that a dependency explains', (spec) => {
  playWorld(spec, {
    see({ after, sent }) {
      for (const { event, monitor, scope } of sent) {
        if (event !== 'incident.partial') continue;
        for (const ancestor of ancestorsIn(after, monitor)) {
          const explains =
            ancestor.incident?.verdict === 'down' ||
            (ancestor.incident?.verdict === 'partial' &&
              scope.every((location) => failingAt(after, ancestor).includes(location)));
          expect([event, monitor, ancestor.number, explains]).toEqual([
            event,
            monitor,
            ancestor.number,
            false,
          ]);
        }
      }
    },
  });
});

inEveryFamily('a detached monitor sends an opening only after enough locations saw it fail again', (spec) => {
  const events = spec.events.map((event, index) =>
    index % 2 ? event : { ...event, what: 'detach' as const },
  );
  playWorld(
    { ...spec, events },
    {
      see({ before, sent }) {
        for (const { event, monitor, evidence, quorum, incident } of sent) {
          const detached = before.monitors.get(monitor)?.detached;
          if (!detached || (event !== 'incident.opened' && event !== 'incident.partial')) continue;
          // Its dependency held back a warning: what is found after that was never held back.
          if (incident!.detectedAt > detached.at) continue;
          const again = evidence.filter(
            ({ vote, observation }) => vote === 'failing' && observation!.startedAt >= detached.at,
          );
          expect(again.length).toBeGreaterThanOrEqual(event === 'incident.partial' ? 2 : quorum.required);
        }
      },
    },
  );
});
