import { expect, test } from 'vitest';
import { parseScenario } from '../../../scripts/simulate/scenario.ts';

const scenario = (changes: object = {}): unknown => ({
  version: 1,
  durationSeconds: 3_600,
  locations: ['aws:a', 'aws:b', 'aws:c'],
  monitors: [
    { id: 'm1', intervalSeconds: 60 },
    { id: 'm2', intervalSeconds: 60, dependsOn: ['m1'] },
  ],
  ...changes,
});
const monitor = (changes: object) => scenario({ monitors: [{ id: 'm1', intervalSeconds: 60, ...changes }] });
const fault = (changes: object) =>
  scenario({ faults: [{ from: 1, to: 2, monitors: '*', locations: '*', kind: 'timeout', ...changes }] });

test('optional keys of a scenario have defaults', () => {
  const parsed = parseScenario(scenario());
  expect(parsed).toMatchObject({
    ok: true,
    scenario: {
      seed: 1,
      noise: { iid: 0 },
      faults: [],
      cron: { skip: [], double: [], restartAt: [] },
      monitors: [
        { timeoutMs: 5_000, alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 } },
        {},
      ],
    },
  });
});

test.each([
  ['version', scenario({ version: 2 })],
  ['extra', scenario({ extra: 1 })],
  ['clock[0].to', scenario({ clock: [{ from: 2, to: 1, offsetSeconds: 60 }] })],
  ['clock[0].offset', scenario({ clock: [{ from: 1, offset: 60, offsetSeconds: 60 }] })],
  ['durationSeconds', scenario({ durationSeconds: 0 })],
  ['locations[2]', scenario({ locations: ['aws:a', 'aws:b', 'aws:a'] })],
  ['monitors', scenario({ monitors: [] })],
  ['monitors[0].interval', monitor({ interval: 60 })],
  ['monitors[0].intervalSeconds', monitor({ intervalSeconds: -5 })],
  ['monitors[0].alert.quorum', monitor({ alert: { quorum: 4 } })],
  ['monitors[0].alert.failure', monitor({ alert: { failure: 2 } })],
  ['monitors[0].dependsOn[0]', monitor({ dependsOn: ['m9'] })],
  ['monitors[0].dependsOn', monitor({ dependsOn: ['m1'] })],
  ['monitors[0].maintenance[0].to', monitor({ maintenance: [{ from: 5, to: 5 }] })],
  ['noise.iid', scenario({ noise: { iid: 1.5 } })],
  ['noise.bursts.meanSeconds', scenario({ noise: { bursts: { fraction: 0.1, meanSeconds: 0 } } })],
  ['noise.storms', scenario({ noise: { storms: 1 } })],
  ['faults[0].kind', fault({ kind: 'slow' })],
  ['faults[0].to', fault({ to: 1 })],
  ['faults[0].monitors[0]', fault({ monitors: ['m7'] })],
  ['faults[0].locations[1]', fault({ locations: ['aws:a', 'aws:z'] })],
  ['faults[0].locations', fault({ locations: 'aws:a' })],
  ['faults[0].probability', fault({ probability: 2 })],
  ['cron.skip[0]', scenario({ cron: { skip: [[9, 3]] } })],
  ['cron.pause', scenario({ cron: { pause: [] } })],
])('an invalid %s is an error that names it', (path, json) => {
  const parsed = parseScenario(json);
  expect(parsed.ok).toBe(false);
  const errors = parsed.ok ? [] : parsed.errors;
  expect(errors.map((error) => error.split(': ')[0])).toContain(path);
});

test('a dependency cycle is an error that lists its monitors', () => {
  const monitors = ['a', 'b', 'c'].map((id, index) => ({
    id,
    intervalSeconds: 60,
    dependsOn: ['bca'[index]],
  }));
  const parsed = parseScenario(scenario({ monitors }));
  expect(parsed.ok ? [] : parsed.errors).toEqual([expect.stringContaining('a → b → c → a')]);
});
