// The damage that the chaos test does to the file of a local D1: each is found, and costs nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openFakeD1 } from '../../../bench/coordinator/fake-d1.ts';
import { seedMesh, T0 } from '../../../bench/coordinator/fixtures.ts';
import { migrationStatements } from '../../../bench/coordinator/local-d1.ts';
import { runMinutes } from '../../../bench/coordinator/run-ticks.ts';
import { loadState } from '../../../src/store/shard.ts';
import { seeded } from '../../support/engine/seeded.ts';
import type { Received } from '../../support/mesh/receiver.ts';
import { damageCheckpoints, rebuildIds, withoutRebuilds } from './damage.ts';
import { readStates } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'probemesh-damage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('thirty damaged checkpoints are rebuilt to exactly the state before, and each is sent once', async () => {
  const file = join(folder, 'd1.sqlite');
  const { db, sqlite } = openFakeD1(file);
  sqlite.exec(migrationStatements().join(';'));
  await seedMesh(db, 5);
  await runMinutes({ db, from: T0, minutes: 3, fails: (monitor, at) => monitor === 1 && at > T0 + 60_000 });
  const random = seeded(7);
  let sent = 0;
  for (let turn = 0; turn < 30; turn += 1) {
    const before = await loadState(db);
    expect(damageCheckpoints(file, random)).toBeGreaterThan(0);
    expect(await loadState(db)).toEqual(before);
    const { loaded, replayed } = readStates(file);
    expect(loaded).toEqual(replayed);
    const events = sqlite.prepare('select event from notifications').all() as { event: string }[];
    const rebuilt = events.filter(({ event }) => event === 'state.rebuilt').length;
    // A damaged older checkpoint is found only when it is needed, or replaced.
    expect(rebuilt - sent).toBeLessThanOrEqual(1);
    sent = rebuilt;
    expect(events.filter(({ event }) => event !== 'state.rebuilt')).toEqual([{ event: 'incident.opened' }]);
  }
  expect(sent).toBeGreaterThan(10);
  sqlite.close();
});

test('rebuilds are counted apart from the messages about outages', () => {
  const message = (id: string, type: string) => ({ id, body: { type } }) as Received;
  const received = [
    message('a', 'incident.opened'),
    message('b', 'state.rebuilt'),
    message('b', 'state.rebuilt'),
  ];
  expect(withoutRebuilds(received)).toEqual([received[0]]);
  expect([...rebuildIds(received)]).toEqual(['b']);
});
