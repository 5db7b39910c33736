// Explanations over HTTP, with the real database. The sentences themselves are tested with the engine.
import { beforeEach, expect, test } from 'vitest';
import { commit } from '../../../src/store/commit.ts';
import { loadState } from '../../../src/store/shard.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  run,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

test('the explanation of a monitor has the votes, streaks, quorum and next checks', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 2);
  const { status, json } = await ask('/api/v1/monitors/shop/explain');
  expect(status).toBe(200);
  expect(json).toMatchObject({
    monitor: 'shop',
    verdict: 'partial',
    quorum: { policy: 'majority', required: 4, failing: 2, passing: 4, abstaining: 0 },
  });
  expect(json.locations).toHaveLength(6);
  expect(json.locations[0]).toMatchObject({
    id: 'aws:us-east-1',
    vote: 'failing',
    abstainReason: null,
    streak: { of: 'failed', length: 2, since: expect.stringMatching(/Z$/) },
    lastResult: { outcome: 'failed', code: 'refused' },
    nextCheckAt: expect.stringMatching(/Z$/),
  });
  expect(json).toMatchObject({ flapping: false, suppressed: null });
  expect(json.why).toMatch(
    /^4 of 6 locations must fail twice in a row; 2 have failed since \d\d:\d\d:\d\d UTC\./,
  );
});

test('an outage whose dependency is being confirmed is explained as suppressed, in a field and in words', async () => {
  await createMonitor();
  await createMonitor({ id: 'web', dependsOn: ['shop'] });
  for (const monitor of [1, 2]) await runUntilConfirmed(monitor, 0);
  // The first failure makes all locations check the dependency too. None of them has answered yet.
  await run(2, 6);
  await run(2, 6);
  const { json } = await ask('/api/v1/monitors/web/explain');
  expect(json).toMatchObject({
    verdict: 'down',
    suppressed: { by: 'dependency', state: 'confirming', until: null, id: 'shop' },
  });
  expect(json.why).toContain('A monitor that it depends on is being confirmed: the notification waits');
});

test('an outage that waits while its monitor flaps is explained with the time at which it is sent', async () => {
  await createMonitor();
  for (const failing of [0, 6, 0, 6, 0, 6]) await runUntilConfirmed(1, failing);
  const { json } = await ask('/api/v1/monitors/shop/explain');
  expect(json).toMatchObject({ verdict: 'down', flapping: true, suppressed: { by: 'flapping', id: null } });
  const [incident] = (await ask('/api/v1/incidents?state=open')).json.incidents;
  expect(Date.parse(json.suppressed.until) - Date.parse(incident.detectedAt)).toBe(300_000);
  expect(json.why).toContain(`it is notified at ${json.suppressed.until.slice(11, 19)} UTC.`);
});

test('a vote that the newest check did not confirm is marked as stale, with the reason', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  const at = clock.now + 1_000;
  const writer = { db: bindings.DB, tick: 0, publicUrl: 'https://status.test', now: () => at };
  await commit(writer, await loadState(bindings.DB), () => ({
    ...{ kind: 'report', location: 2, askedAt: at, answeredAt: at, missedDeadline: false },
    error: 'AWS refused the request: the payload is larger than 6 MB',
    observations: [{ monitor: 1, startedAt: at, outcome: 'unmeasured', reason: 'invoke_error', timings: {} }],
  }));
  clock.now = at + 1;
  const { json } = await ask('/api/v1/monitors/shop/explain');
  expect(json.quorum).toMatchObject({ passing: 6, abstaining: 0 });
  expect(json.locations[1]).toMatchObject({
    ...{
      vote: 'passing',
      abstainReason: null,
      stale: 'unmeasured',
      voteExpiresAt: expect.stringMatching(/Z$/),
    },
    lastResult: {
      ...{ outcome: 'unmeasured', reason: 'invoke_error' },
      detail: 'AWS refused the request: the payload is larger than 6 MB',
    },
  });
  expect(json.locations[0]).toMatchObject({ stale: null, quarantine: null, network: null });
  expect(json.why).toContain('The vote of aws:us-west-2 is stale: the newest check measured nothing.');
});
