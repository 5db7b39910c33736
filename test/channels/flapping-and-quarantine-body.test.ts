// The bodies of webhooks about flapping and about quarantine, as the engine's notifications make them.
import { expect, test } from 'vitest';
import { notificationSchema } from '../../src/channels/event-schemas.ts';
import { locationWebhookBody, monitorWebhookBody } from '../../src/channels/webhook-body.ts';
import { T0, World } from '../support/engine/world.ts';

const MINUTE = 60_000;
const monitor = {
  ...{ id: 'web', name: 'Web', tags: {}, group: null, description: null, runbookUrl: null },
  check: { type: 'tcp', host: 'web.example.com', port: 443 } as never,
};

test('monitor.flapping has what is suppressed and until when, and other events have null', () => {
  const world = new World(6);
  // The third outage starts flapping while it is open.
  world.sees = (_, at) =>
    at >= T0 + 10 * MINUTE && Math.floor((at - T0 - 10 * MINUTE) / 250_000) % 2 === 0 ? 'failed' : 'ok';
  world.play(T0 + 60 * MINUTE);
  const bodies = world.notifications.map((one) =>
    monitorWebhookBody('https://status.test', world.state, one, monitor),
  );
  for (const body of bodies) expect(notificationSchema.safeParse(body).error).toBeUndefined();
  const started = bodies.find(({ type }) => type === 'monitor.flapping')!;
  expect(started.data.flapping).toMatchObject({
    suppressed: ['incident.opened', 'incident.partial', 'monitor.degraded', 'monitor.certificate'],
    maxSuppressionSeconds: 300,
    since: expect.stringMatching(/Z$/),
  });
  for (const body of bodies.filter(({ type }) => !type.startsWith('monitor.flapping')))
    expect(body.data.flapping).toBeNull();
});

test('location.quarantined has the rule that applied', () => {
  const world = new World(
    6,
    Array.from({ length: 10 }, () => ({})),
  );
  world.play(T0 + 3 * MINUTE);
  world.sees = (location) => (location === 3 ? 'failed' : 'ok');
  world.play(T0 + 6 * MINUTE);
  const body = locationWebhookBody(world.state, world.locationNotifications[0]!);
  expect(body).toMatchObject({
    type: 'location.quarantined',
    data: { location: { rule: 'three_networks' } },
  });
  expect(notificationSchema.safeParse(body).error).toBeUndefined();
});
