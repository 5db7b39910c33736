// Dependencies over HTTP, with the real database: a child that stops depending on a monitor that is down.
import { beforeEach, expect, test } from 'vitest';
import { ask, createMonitor, empty, patch, run, runUntilConfirmed } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const explain = async (id: string) => (await ask(`/api/v1/monitors/${id}/explain`)).json;
const DOWN = { verdict: 'down', suppressed: { by: 'dependency', state: 'down', id: 'shop' } };

/** A parent and its child, both down: the child's outage is suppressed. */
async function bothDown(): Promise<void> {
  await createMonitor();
  await createMonitor({ id: 'web', dependsOn: ['shop'] });
  for (const monitor of [1, 2]) await runUntilConfirmed(monitor, 0);
  for (const monitor of [1, 2]) await runUntilConfirmed(monitor, 6);
  expect(await explain('web')).toMatchObject(DOWN);
}

test('the outage of a child that stops depending on a monitor waits until all locations saw it fail again', async () => {
  await bothDown();
  expect((await patch('/api/v1/monitors/web', { dependsOn: [] })).status).toBe(200);
  const waiting = await explain('web');
  expect(waiting).toMatchObject({
    verdict: 'down',
    suppressed: { by: 'dependency', state: 'detached', id: 'shop', until: null },
    failures: [{ code: 'refused', locations: expect.arrayContaining(['aws:us-east-1']) }],
  });
  expect(waiting.why).toMatch(
    / 6 of 6: [^.;]+\. A monitor that it depended on was removed, paused or changed: /,
  );
  await run(2, 6);
  expect(await explain('web')).toMatchObject({ verdict: 'down', suppressed: null });
});

test('a child that is up by then has nothing left to send', async () => {
  await bothDown();
  await patch('/api/v1/monitors/web', { dependsOn: [] });
  await run(2, 0);
  await run(2, 0);
  expect(await explain('web')).toMatchObject({ verdict: 'up', suppressed: null, failures: [] });
});
