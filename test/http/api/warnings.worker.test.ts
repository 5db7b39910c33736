// Warnings and evidence as the team sees them: in the explanation, the stored notification and incidents.
import { beforeEach, describe, expect, test } from 'vitest';
import { webhookBodySchema } from '../../../src/channels/notification.ts';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const SLOW = { code: 'latency', limit: 500, detail: 'it took 812 ms' } as const;
const EXPIRES = { code: 'certificate', limit: 14, detail: 'it expires in 9 days' } as const;
const DEAD = {
  code: 'address',
  limit: 0,
  detail: '1 of 2 addresses of shop.example.com:443 failed: 192.0.2.7:443 refused the connection',
} as const;
const RESPONSE = { status: 503, headers: { server: 'shop.example.com' }, body: '<b>no</b> from 192.0.2.7' };

const bodies = async () => {
  const { results } = await bindings.DB.prepare(
    'SELECT event AS kind, body FROM notifications ORDER BY at, event',
  ).all<{
    kind: string;
    body: string;
  }>();
  return results.map(({ kind, body }) => ({ kind, body: webhookBodySchema.parse(JSON.parse(body)) }));
};

describe('a slow monitor that is up and whose certificate expires', () => {
  beforeEach(async () => {
    await createMonitor();
    await post('/api/v1/channels', RECEIVER);
    const steps = [{ channels: [RECEIVER.id] }];
    await post('/api/v1/routes', {
      id: 'warnings',
      name: 'Warnings',
      match: { severities: ['warning'] },
      steps,
    });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 0, [SLOW, EXPIRES]);
  });

  test('each kind of warning is notified once, with evidence and without an incident', async () => {
    await runUntilConfirmed(1, 0, [SLOW, EXPIRES]);
    const sent = await bodies();
    expect(sent.map(({ kind, body }) => [kind, body.type])).toEqual([
      ['monitor.certificate', 'monitor.certificate'],
      ['monitor.degraded', 'monitor.degraded'],
    ]);
    for (const { body } of sent) {
      expect(body.data).toMatchObject({
        ...{ incident: null, location: null, monitor: { id: 'shop' }, quorum: { required: 4, passing: 6 } },
        evidence: expect.arrayContaining([
          expect.objectContaining({ vote: 'passing', code: null, response: null, degraded: [SLOW, EXPIRES] }),
        ]),
      });
    }
    const queued = await bindings.DB.prepare('SELECT count(*) AS count FROM deliveries').first('count');
    expect(queued).toBe(2);
  });

  test('the explanation lists the active warnings and the result of each location', async () => {
    const { json } = await ask('/api/v1/monitors/shop/explain');
    expect(json.why).toContain('6 of 6 locations find it slow (over 500 ms), 4 must.');
    expect(json.why).toContain('6 of 6 locations see its certificate expire within 14 days, 4 must.');
    expect(json.warnings).toEqual([
      { kind: 'degraded', since: expect.stringMatching(/Z$/), notified: true },
      { kind: 'certificate', since: expect.stringMatching(/Z$/), notified: true },
    ]);
    expect(json.locations[0]).toMatchObject({
      warnings: ['degraded', 'certificate'],
      lastResult: { outcome: 'ok', degraded: [SLOW, EXPIRES], samples: null, phase: null, response: null },
    });
  });

  test('a monitor lists its warnings, and none once it is down', async () => {
    const warnings = async () => [
      (await ask('/api/v1/monitors')).json.monitors[0].warnings,
      (await ask('/api/v1/monitors/shop')).json.warnings,
    ];
    expect(await warnings()).toEqual([
      ['latency', 'certificate'],
      ['latency', 'certificate'],
    ]);
    await runUntilConfirmed(1, 6);
    expect(await warnings()).toEqual([[], []]);
  });

  test('a warning does not open an incident', async () => {
    expect((await ask('/api/v1/incidents')).json.incidents).toEqual([]);
  });
});

test('the notification, incident and explanation of an outage have the phase and response of each failed check', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  const evidence = {
    phase: 'connect',
    samples: { sent: 2, lost: 2 },
    timings: { connectMs: 1.5 },
    response: RESPONSE,
  };
  const [opened] = await bodies();
  expect(opened?.kind).toBe('incident.opened');
  expect(opened?.body.data.evidence[0]).toMatchObject(evidence);
  const [incident] = (await ask('/api/v1/incidents')).json.incidents;
  expect(incident.evidence[0]).toMatchObject(evidence);
  const { json } = await ask('/api/v1/monitors/shop/explain');
  expect(json.locations[0].lastResult).toMatchObject(evidence);
});

test('the page of an incident without stored phases shows the failures without a phase', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  const [{ id, evidence }] = (await ask('/api/v1/incidents')).json.incidents;
  const old = evidence.map(({ phase: _, ...rest }: { phase: string }) => rest);
  await bindings.DB.prepare('UPDATE incidents SET evidence = ?1').bind(JSON.stringify(old)).run();
  const { status, text } = await ask(`/incidents/${id}`, { token: null });
  expect([status, text.includes('<td>refused</td>')]).toEqual([200, true]);
});

describe('a monitor with a dead address beside a healthy one', () => {
  beforeEach(async () => {
    await createMonitor({ public: true });
    await post('/api/v1/channels', RECEIVER);
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 0, [DEAD]);
  });

  test('the dead address raises monitor.degraded, whose evidence names it', async () => {
    const sent = await bodies();
    expect(sent.map(({ kind }) => kind)).toEqual(['monitor.degraded']);
    expect(sent[0]?.body.data).toMatchObject({
      incident: null,
      evidence: expect.arrayContaining([expect.objectContaining({ vote: 'passing', degraded: [DEAD] })]),
    });
    const { json } = await ask('/api/v1/monitors/shop/explain');
    expect(json.why).toContain('6 of 6 locations find it dead at some of its addresses, 4 must.');
    expect(json.locations[0].lastResult).toMatchObject({ outcome: 'ok', degraded: [DEAD] });
  });

  test('the status page says that an address does not respond, and not which one', async () => {
    const { json } = await ask('/api/v1/status');
    expect(json.monitors[0]).toMatchObject({ verdict: 'up', warnings: ['address'] });
    const { text } = await ask('/');
    expect(text).toContain('An address does not respond');
    expect(text).not.toContain('192.0.2.7');
  });
});
