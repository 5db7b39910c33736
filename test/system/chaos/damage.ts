// Owns damage of checkpoints in the file of a local D1 whose coordinator is dead: a flipped bit, as a bad disk leaves it.
// Does not touch the journal, so nothing may be lost. Does not assert.
import { DatabaseSync } from 'node:sqlite';
import type { Received } from '../../support/mesh/receiver.ts';

/** First ids of the newest and of the older checkpoint. */
const CHECKPOINTS = [0, 65_536];

/** Flips one bit in the text of one checkpoint, or of both. Returns how many were damaged. */
export function damageCheckpoints(file: string, random: () => number): number {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const draw = random();
    const wanted = draw < 0.5 ? [CHECKPOINTS[0]!] : draw < 0.75 ? [CHECKPOINTS[1]!] : CHECKPOINTS;
    return wanted.filter((id) => flipBit(db, id, random)).length;
  } finally {
    db.close();
  }
}

function flipBit(db: DatabaseSync, id: number, random: () => number): boolean {
  const row = db.prepare('select data from snapshots where id = ?').get(id) as { data: string } | undefined;
  if (!row || row.data === '') return false;
  const at = Math.floor(random() * row.data.length);
  // One of the low six bits: the text stays text.
  const flipped = String.fromCharCode(row.data.charCodeAt(at) ^ (1 << Math.floor(random() * 6)));
  const data = row.data.slice(0, at) + flipped + row.data.slice(at + 1);
  db.prepare('update snapshots set data = ? where id = ?').run(data, id);
  return true;
}

/** The messages about monitors and locations: that a state was rebuilt belongs to no outage. */
export const withoutRebuilds = (received: readonly Received[]): Received[] =>
  received.filter(({ body }) => body.type !== 'state.rebuilt');

/** Ids of the rebuilds that were sent. */
export const rebuildIds = (received: readonly Received[]): Set<string> =>
  new Set(received.filter(({ body }) => body.type === 'state.rebuilt').map(({ id }) => id));
