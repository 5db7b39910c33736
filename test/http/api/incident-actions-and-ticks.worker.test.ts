// What ticks and people do with the same incident: it ends, or becomes an outage, after it was acknowledged.
// incident-actions.worker.test.ts is the quick part.
import { beforeEach, expect, test } from 'vitest';
import { emptyAccess } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

const { DB } = bindings;
let id = '';

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await DB.batch(['alerts', 'incident_actions'].map((table) => DB.prepare(`DELETE FROM ${table}`)));
  await post('/api/v1/channels', RECEIVER);
  await createMonitor({ channels: ['on-call'] });
  await runUntilConfirmed(1, 6);
  id = (await ask('/api/v1/incidents')).json.incidents[0].id;
});

const act = (action: string, body: unknown = {}) => post(`/api/v1/incidents/${id}/${action}`, body);
const queued = async (event: string): Promise<string[]> => {
  const { results } = await DB.prepare(
    `SELECT n.id || ' to ' || d.channel_id AS text FROM deliveries d JOIN notifications n ON n.id = d.notification_id
      WHERE n.event = ? ORDER BY 1`,
  )
    .bind(event)
    .all<{ text: string }>();
  return results.map(({ text }) => text);
};

test('a tick that ends the incident does not lose who had acknowledged it', async () => {
  await act('acknowledge');
  await runUntilConfirmed(1, 0);
  expect((await ask(`/api/v1/incidents/${id}`)).json).toMatchObject({
    state: 'resolved',
    acknowledgedBy: 'bootstrap',
  });
});

test('an incident that nothing was sent of notifies no channel, also not the default ones', async () => {
  await DB.batch(['deliveries', 'notifications'].map((table) => DB.prepare(`DELETE FROM ${table}`)));
  expect((await act('acknowledge')).json.acknowledgedBy).toBe('bootstrap');
  expect(await queued('incident.acknowledged')).toEqual([]);
});

test('an acknowledged regional problem that becomes an outage is free again', async () => {
  await runUntilConfirmed(1, 0);
  clock.now += 3_600_000;
  await runUntilConfirmed(1, 2);
  const [partial] = (await ask('/api/v1/incidents?state=open')).json.incidents;
  expect(partial.verdict).toBe('partial');
  id = partial.id;
  expect((await act('acknowledge')).json.acknowledgedBy).toBe('bootstrap');
  await runUntilConfirmed(1, 6);
  const { json } = await ask(`/api/v1/incidents/${partial.id}`);
  expect(json).toMatchObject({ verdict: 'down', acknowledgedAt: null, acknowledgedBy: null });
  expect((await act('acknowledge')).json.acknowledgedBy).toBe('bootstrap');
  expect(await queued('incident.acknowledged')).toEqual([
    `${id}_acknowledged_1 to on-call`,
    `${id}_acknowledged_2 to on-call`,
  ]);
});
