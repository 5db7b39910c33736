// Which jobs are due, and in which order: healthy ones first, and those that may hang by how close they are to a verdict.
import { expect, test } from 'vitest';
import { plan } from '../../src/engine/schedule/schedule.ts';
import { jobLimits } from '../../src/fleet/split-job.ts';
import { plannedJobs } from '../../src/scheduler/planned-jobs.ts';
import { T0, World } from '../support/engine/world.ts';

const LOCATIONS = 6;
const check = { type: 'tcp', host: 'a.example', port: 443, timeoutMs: 5_000 };
const fleet = { invoke: () => Promise.reject(new Error('not invoked')) };

function jobsOf(world: World, now: number) {
  const { invocations } = plan(world.state, new Set(), now);
  const checks = new Map([...world.state.monitors.keys()].map((number) => [number, check]));
  return plannedJobs(world.state, invocations, checks, fleet, {
    limits: jobLimits(1_769),
    now: () => now,
    evaluateHeartbeats: () => Promise.reject(new Error('not evaluated')),
  });
}

/** A mesh of this many monitors whose votes are all passing. */
function healthyWorld(monitors: number): World {
  const world = new World(
    LOCATIONS,
    Array.from({ length: monitors }, () => ({})),
  );
  world.play(T0 + 60_000);
  return world;
}

const failAll = (monitors: number, from = 1) =>
  Object.fromEntries(Array.from({ length: monitors }, (_, index) => [from + index, 'failed' as const]));

test('a fan-out of 1,000 monitors asks all locations about the first 250 before it goes on to the next 250', () => {
  const world = healthyWorld(1_000);
  world.report(1, failAll(1_000), world.now + 1);
  const jobs = jobsOf(world, world.state.at).filter(({ mayHang }) => mayHang);
  expect(jobs).toHaveLength(20);
  expect(jobs.slice(0, 5).map(({ location, monitors }) => [location, monitors[0], monitors.length])).toEqual(
    [2, 3, 4, 5, 6].map((location) => [location, 1, 250]),
  );
  expect(jobs.slice(5, 10).map(({ monitors }) => monitors[0])).toEqual([251, 251, 251, 251, 251]);
});

test('a later step of a fan-out comes before a first step', () => {
  const world = healthyWorld(2);
  world.report(1, { 1: 'failed' }, world.now + 1);
  for (const location of [2, 3, 4, 5, 6]) world.report(location, { 1: 'failed' }, world.now + 10);
  const later = world.now + 12_000;
  world.report(1, { 2: 'failed' }, later);
  const jobs = jobsOf(world, later + 10).filter(({ mayHang }) => mayHang);
  for (const { monitors } of jobs) expect(monitors).not.toEqual([2, 1]);
  expect(jobs[0]!.monitors[0]).toBe(1);
});

test('a monitor that failed at one location is not sent with healthy ones from another location', () => {
  const world = healthyWorld(3);
  world.report(1, { 2: 'failed' }, world.now + 1);
  for (let at = world.now; at < world.now + 60_000; at += 1_000) {
    for (const { mayHang, monitors } of jobsOf(world, at)) {
      if (monitors.includes(2)) expect(mayHang).toBe(true);
      else expect(mayHang).toBe(false);
    }
  }
});
