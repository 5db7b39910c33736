// A report at the limits of the contract, from 33 locations, on a real D1: it commits, and every row fits its budget.
import { beforeEach, describe, expect, test } from 'vitest';
import { capturedResponseSchema } from '../../probes/contract/index.ts';
import { EMPTY_DATA, type WebhookBody, webhookBodySchema } from '../../src/channels/notification.ts';
import { withText } from '../../src/channels/render.ts';
import type { ReportedObservation } from '../../src/engine/model/journal.ts';
import { commit } from '../../src/store/commit.ts';
import {
  BODY_BYTES,
  EVIDENCE_BYTES,
  fitBody,
  fitEvidence,
  fitReasons,
  ROW_BUDGETS,
} from '../../src/store/row-budgets.ts';
import { loadState } from '../../src/store/shard.ts';
import { ask, bindings, clock, empty, post, RECEIVER, SHOP } from '../support/d1/http-mesh.ts';
import { largestRows } from '../support/d1/limited-d1.ts';

const { DB } = bindings;
const LOCATIONS = Array.from({ length: 33 }, (_, index) => `aws:xx-somewhere-${index}`);

beforeEach(empty);

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

const response = (character: string, headers = 32) => ({
  status: 503,
  headers: Object.fromEntries(
    Array.from({ length: headers }, (_, index) => [`x-${index}`.padEnd(64, 'h'), character.repeat(256)]),
  ),
  body: character.repeat(1_024),
});

/** Every location fails, or every second one is slow, with the longest words that the contract allows. */
const observation = (character: string, isFailed: boolean): ReportedObservation => ({
  ...{
    monitor: 1,
    startedAt: clock.now,
    timings: { dnsMs: 1, connectMs: 2, tlsMs: 3, totalMs: 599_999.123 },
  },
  samples: { sent: 10, lost: 10, minMs: 1.123, meanMs: 2.123, maxMs: 3.123, jitterMs: 4.123 },
  ...(isFailed
    ? ({
        ...{ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' },
        ...{ detail: character.repeat(300), response: response(character) },
      } as const)
    : ({
        outcome: 'ok',
        degraded: Array.from({ length: 8 }, () => ({
          ...{ code: 'latency', limit: 599_999.123, detail: character.repeat(300) },
        })),
      } as const)),
});

async function outage(character: string) {
  const env = { LOCATIONS: LOCATIONS.join() };
  await post('/api/v1/channels', RECEIVER);
  const tags = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`t${index}`.padEnd(63, 't'), '漢'.repeat(200)]),
  );
  const body = { ...SHOP, name: '漢'.repeat(120), tags };
  const created = await ask('/api/v1/monitors', { method: 'POST', body, env });
  expect(created.status).toBe(201);
  const writer = { db: DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now };
  let state = await loadState(DB);
  for (let round = 0; round < 6; round += 1) {
    clock.now += 15_000;
    for (const { number: location } of state.locations.values()) {
      // The first twenty fail.
      const observations = [observation(character, location <= 20)];
      const report = {
        askedAt: clock.now,
        answeredAt: clock.now,
        error: null,
        missedDeadline: false,
        observations,
      };
      state = (await commit(writer, state, () => ({ kind: 'report', location, ...report }))).state;
    }
  }
  return state;
}

describe.each([
  ['a control character, six bytes of JSON', '\u0001'],
  ['a Chinese character, three bytes', '漢'],
  ['a quotation mark, escaped twice in a parameter', '"'],
])('a report in which every word is as long as possible, of %s', (_, character) => {
  test('commits, and what it raises fits', async () => {
    const state = await outage(character);
    expect(state.monitors.get(1)!.verdict).toBe('down');
    for (const [table, bytes] of await largestRows(DB))
      expect([table, bytes <= ROW_BUDGETS[table]!]).toEqual([table, true]);
    const [incident] = (await ask('/api/v1/incidents')).json.incidents;
    expect(bytesOf(incident.evidence)).toBeLessThanOrEqual(EVIDENCE_BYTES);
    const text = await DB.prepare(
      `select body from notifications where event = 'incident.opened'`,
    ).first<string>('body');
    const body = webhookBodySchema.parse(JSON.parse(text!));
    expect(bytesOf(body)).toBeLessThanOrEqual(BODY_BYTES);
    for (const { evidence } of [incident, body.data] as { evidence: WebhookBody['data']['evidence'] }[]) {
      expect(evidence).toHaveLength(33);
      expect(
        evidence.filter(({ vote, code }) => vote === 'failing' && code === 'unexpected_reply'),
      ).toHaveLength(20);
      expect(evidence[0]!.response).not.toBeNull();
      expect(evidence[0]!.detail).not.toBe('');
    }
    expect(await loadState(DB)).toEqual(state);
  });
});

const evidence = (count: number, detail: string): WebhookBody['data']['evidence'] =>
  Array.from({ length: count }, (_, index) => ({
    ...{
      location: `aws:${index}`,
      vote: 'failing',
      streak: 2,
      since: null,
      outcome: 'failed',
      code: 'timeout',
    },
    ...{
      detail,
      observedAt: null,
      phase: 'connect',
      timings: { connectMs: 1 },
      samples: { sent: 1, lost: 1 },
    },
    ...{ degraded: [], response: response('x', 2) },
  })) as WebhookBody['data']['evidence'];

describe('what does not fit is given up in order', () => {
  const all = evidence(33, 'd'.repeat(300));

  test('nothing, if everything fits', () => {
    expect(fitEvidence(all, bytesOf(all))).toEqual(all);
  });

  test('first the responses, from the last one on', () => {
    const fitted = fitEvidence(all, bytesOf(all) - 1);
    expect(fitted.slice(0, -1)).toEqual(all.slice(0, -1));
    expect(fitted.at(-1)).toEqual({ ...all.at(-1), response: null });
  });

  test('then figures, then long words; outcomes stay', () => {
    const bare = all.map((one) => ({ ...one, response: null }));
    const noFigures = fitEvidence(all, bytesOf(bare) - 1);
    expect(noFigures[0]).toEqual({ ...bare[0], samples: null, timings: {} });
    const short = fitEvidence(all, bytesOf(noFigures) - 33 * 100);
    expect(short[0]!.detail).toHaveLength(78);
    const least = fitEvidence(all, 33 * 230);
    expect(least).toHaveLength(33);
    for (const one of least) expect(one).toMatchObject({ vote: 'failing', code: 'timeout', detail: null });
  });

  test('a thousand locations keep those that fail, which come first', () => {
    const fitted = fitEvidence(evidence(1_000, 'x'), 20_000);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(20_000);
    expect(fitted[0]!.location).toBe('aws:0');
  });

  test('reasons of the mesh and the error of a channel are shortened', () => {
    const reasons = Array.from({ length: 20 }, () => ({ code: 'x', detail: '\u0001'.repeat(50_000) }));
    expect(bytesOf(fitReasons(reasons))).toBeLessThanOrEqual(90_000);
    const channel = {
      id: 'a',
      name: 'A',
      type: 'webhook',
      since: '2026-01-01T00:00:00.000Z',
      error: '"'.repeat(400_000),
    };
    const data = { ...EMPTY_DATA, channel, mesh: { since: channel.since, reasons } };
    const fitted = fitBody(withText({ type: 'mesh.impaired', timestamp: channel.since, data }));
    expect(bytesOf(fitted)).toBeLessThanOrEqual(BODY_BYTES);
    expect(webhookBodySchema.safeParse(fitted).success).toBe(true);
  });
});

test('the contract takes 32 headers of a response, and not one more', () => {
  expect(capturedResponseSchema.safeParse(response('x', 32)).success).toBe(true);
  expect(capturedResponseSchema.safeParse(response('x', 33)).success).toBe(false);
});
