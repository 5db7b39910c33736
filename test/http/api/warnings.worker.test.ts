// Warnings and evidence as the team sees them: explain, the notification that is stored, and incidents.
import { beforeEach, describe, expect, test } from 'vitest';
import { webhookBodySchema } from '../../../src/channels/notification.ts';
import { ask, bindings, createMonitor, empty, post, RECEIVER, settleOn } from '../../support/d1/http-mesh.ts';

beforeEach(empty);

const SLOW = { code: 'latency', limit: 500, detail: 'it took 812 ms' } as const;
const EXPIRES = { code: 'certificate', limit: 14, detail: 'it expires in 9 days' } as const;
const REPLY = { status: 503, headers: { server: 'shop.example.com' }, body: '<b>no</b> from 192.0.2.7' };

const bodies = async () => {
  const { results } = await bindings.DB.prepare(
    'SELECT event AS kind, body FROM notifications ORDER BY at, event',
  ).all<{
    kind: string;
    body: string;
  }>();
  return results.map(({ kind, body }) => ({ kind, body: webhookBodySchema.parse(JSON.parse(body)) }));
};

describe('a monitor that is up and slow, with a certificate that expires', () => {
  beforeEach(async () => {
    await createMonitor();
    await post('/api/v1/channels', RECEIVER);
    await settleOn(1, 0);
    await settleOn(1, 0, [SLOW, EXPIRES]);
  });

  test('is told of once for each kind, with the evidence and without an incident', async () => {
    await settleOn(1, 0, [SLOW, EXPIRES]);
    const told = await bodies();
    expect(told.map(({ kind, body }) => [kind, body.type])).toEqual([
      ['monitor.certificate', 'monitor.certificate'],
      ['monitor.degraded', 'monitor.degraded'],
    ]);
    for (const { body } of told) {
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

  test('is explained: what is raised, who warns, what each saw', async () => {
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

  test('shows its warnings where monitors are read, and none once it is down', async () => {
    const warnings = async () => [
      (await ask('/api/v1/monitors')).json.monitors[0].warnings,
      (await ask('/api/v1/monitors/shop')).json.warnings,
    ];
    expect(await warnings()).toEqual([
      ['latency', 'certificate'],
      ['latency', 'certificate'],
    ]);
    await settleOn(1, 6);
    expect(await warnings()).toEqual([[], []]);
  });

  test('is no incident', async () => {
    expect((await ask('/api/v1/incidents')).json.incidents).toEqual([]);
  });
});

test('an outage shows the team where each look failed and what came back, in notification, incident and explanation', async () => {
  await createMonitor();
  await settleOn(1, 0);
  await settleOn(1, 6);
  const seen = {
    phase: 'connect',
    samples: { sent: 2, lost: 2 },
    timings: { connectMs: 1.5 },
    response: REPLY,
  };
  const [opened] = await bodies();
  expect(opened?.kind).toBe('incident.opened');
  expect(opened?.body.data.evidence[0]).toMatchObject(seen);
  const [incident] = (await ask('/api/v1/incidents')).json.incidents;
  expect(incident.evidence[0]).toMatchObject(seen);
  const { json } = await ask('/api/v1/monitors/shop/explain');
  expect(json.locations[0].lastResult).toMatchObject(seen);
});

test('the page of an incident from before phases were kept is shown without them', async () => {
  await createMonitor();
  await settleOn(1, 0);
  await settleOn(1, 6);
  const [{ id, evidence }] = (await ask('/api/v1/incidents')).json.incidents;
  const old = evidence.map(({ phase: _, ...rest }: { phase: string }) => rest);
  await bindings.DB.prepare('UPDATE incidents SET evidence = ?1').bind(JSON.stringify(old)).run();
  const { status, text } = await ask(`/incidents/${id}`, { token: null });
  expect([status, text.includes('<td>refused</td>')]).toEqual([200, true]);
});
