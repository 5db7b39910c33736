// The certificates that locations see: one row a monitor, written when a location sees another one, gone with the monitor.
import { beforeEach, expect, test } from 'vitest';
import type { SeenCertificate } from '../../src/engine/model/certificate.ts';
import { locatedCertificates, readCertificates, readEarliestEnds } from '../../src/store/certificates.ts';
import { commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import { certificates } from '../../src/store/schema.ts';
import { loadState } from '../../src/store/shard.ts';
import { countD1 } from '../support/d1/counted-d1.ts';
import { ask, bindings, clock, createMonitor, empty, patch } from '../support/d1/http-mesh.ts';

const { DB } = bindings;
let counted = countD1(DB);
/** Memory of what is written is that of a binding. */
beforeEach(async () => {
  await empty();
  counted = countD1(DB);
});

const DAY_MS = 86_400_000;
let made = 0;

const newCertificate = (
  more: Partial<SeenCertificate> = {},
): Omit<SeenCertificate, 'monitor' | 'startedAt'> => {
  made += 1;
  return {
    ...{
      fingerprint: made.toString(16).toUpperCase().padStart(16, 'A').padEnd(64, '0'),
      subject: `shop ${made}`,
    },
    ...{ issuer: 'Authority', names: ['shop.example.com'], validTo: clock.now + 90 * DAY_MS },
    ...more,
  };
};

/** A run from each of these locations. Returns the number of rows that a commit writes, at each. */
async function see(
  seenBy: Readonly<Record<number, Omit<SeenCertificate, 'monitor' | 'startedAt'> | null>>,
  startedAt = clock.now + 1_000,
): Promise<number[]> {
  const written: number[] = [];
  clock.now += 1_000;
  let state = await loadState(DB);
  for (const [location, certificate] of Object.entries(seenBy)) {
    const { db, take } = counted;
    take();
    const observations = [{ monitor: 1, startedAt, outcome: 'ok' as const, timings: { totalMs: 5 } }];
    const report = {
      askedAt: clock.now,
      answeredAt: clock.now,
      error: null,
      missedDeadline: false,
      observations,
    };
    const context = { db, tick: 0, publicUrl: 'https://status.test', now: () => clock.now };
    const own = Number(location);
    const seen = certificate === null ? [] : [{ monitor: 1, startedAt, ...certificate }];
    const committed = await commit(context, state, () => ({ kind: 'report', location: own, ...report }), {
      certificates: { location: own, seen },
    });
    state = committed.state;
    const statements = take().filter(({ sql }) => sql.includes('"certificates"'));
    written.push(statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0));
    clock.now += 1_000;
  }
  return written;
}

const rows = () => database(DB).select().from(certificates);

async function located() {
  const state = await loadState(DB);
  const stored = await readCertificates(DB, 1);
  const ids = [...state.locations.values()].map(({ id }) => id);
  const numberOf = (id: string) => [...state.locations.values()].find((one) => one.id === id)!.number;
  return stored === null
    ? null
    : locatedCertificates(stored, ids).map((one) => [one.subject, one.locations.map(numberOf)]);
}

test('a certificate that does not change writes nothing after the first run of each location', async () => {
  await createMonitor();
  const one = newCertificate();
  expect(await see({ 1: one, 2: one })).toEqual([1, 1]);
  const [row] = await rows();
  for (let minute = 0; minute < 130; minute += 10) {
    clock.now += 600_000;
    expect(await see({ 1: one, 2: one })).toEqual([0, 0]);
  }
  expect(await rows()).toEqual([row]);
  expect(await located()).toEqual([[one.subject, [1, 2]]]);
});

test('a renewal is seen by each location in its turn, and the old certificate goes with the last one', async () => {
  await createMonitor();
  const [old, renewed] = [newCertificate(), newCertificate({ validFrom: clock.now })];
  await see({ 1: old, 2: old, 3: old });
  clock.now += 3_600_000;
  expect(await see({ 1: renewed })).toEqual([1]);
  expect(await located()).toEqual([
    [old.subject, [2, 3]],
    [renewed.subject, [1]],
  ]);
  await see({ 2: renewed, 3: renewed });
  expect(await located()).toEqual([[renewed.subject, [1, 2, 3]]]);
  expect(Object.keys((await rows())[0]!.byFingerprint)).toEqual([renewed.fingerprint]);
});

test('a target with another certificate in every run is written once in ten minutes', async () => {
  await createMonitor();
  const pair = [newCertificate(), newCertificate()];
  let written = 0;
  const until = clock.now + 3_600_000;
  for (let run = 0; clock.now < until; run += 1) {
    written += (await see({ 1: pair[run % 2]! }))[0]!;
    clock.now += 59_000;
  }
  expect(written).toBeGreaterThan(1);
  expect(written).toBeLessThanOrEqual(7);
});

test('a row that is lost comes back within an hour', async () => {
  await createMonitor();
  const one = newCertificate();
  await see({ 1: one });
  await database(DB).delete(certificates);
  clock.now += 1_800_000;
  await see({ 1: one });
  expect(await rows()).toEqual([]);
  clock.now += 1_800_000;
  await see({ 1: one });
  expect(await located()).toEqual([[one.subject, [1]]]);
});

test('the row goes with the monitor', async () => {
  await createMonitor();
  await see({ 1: newCertificate() });
  expect(await rows()).toHaveLength(1);
  expect((await ask('/api/v1/monitors/shop', { method: 'DELETE' })).status).toBe(204);
  expect(await rows()).toEqual([]);
  await see({ 1: newCertificate() });
  expect(await rows()).toEqual([]);
});

test('the row goes with the target, a late run of it does not count, and the same certificate counts again', async () => {
  await createMonitor();
  const one = newCertificate();
  const before = clock.now;
  await see({ 1: one });
  expect((await patch('/api/v1/monitors/shop', { check: { host: 'other.example.com' } })).status).toBe(200);
  expect(await rows()).toEqual([]);
  clock.now += 1_000;
  await see({ 1: one }, before);
  expect(await rows()).toEqual([]);
  await see({ 1: one });
  expect(await located()).toEqual([[one.subject, [1]]]);
});

test('the metric has the earliest end of the chains that the locations of the monitor see', async () => {
  await createMonitor();
  const chainValidTo = clock.now + 5 * DAY_MS;
  await see({ 1: newCertificate(), 2: newCertificate({ chainValidTo }) });
  expect(await readEarliestEnds(DB)).toEqual(new Map([[1, chainValidTo]]));
  const text = (await ask('/metrics')).text;
  expect(text).toContain(
    `probemesh_monitor_certificate_earliest_expiry_timestamp_seconds{monitor="shop"} ${chainValidTo / 1_000}`,
  );
  // A location that does not check the monitor any more.
  const [first] = (await loadState(DB)).locations.values();
  expect((await patch('/api/v1/monitors/shop', { locations: [first!.id] })).status).toBe(200);
  expect([...(await readEarliestEnds(DB)).values()]).not.toContain(chainValidTo);
});

test('explain has the certificate that most locations see, and the others', async () => {
  await createMonitor();
  const explained = async () => (await ask('/api/v1/monitors/shop/explain')).json;
  expect((await explained()).certificate).toBeNull();
  const [most, other] = [newCertificate(), newCertificate()];
  await see({ 1: other, 2: most, 3: most });
  expect((await explained()).certificate).toMatchObject({
    ...{ subject: most.subject, issuer: 'Authority', names: ['shop.example.com'], validFrom: null },
    ...{ validTo: new Date(most.validTo).toISOString(), fingerprint: most.fingerprint },
    locations: { length: 2 },
    others: [{ subject: other.subject, locations: { length: 1 } }],
  });
});
