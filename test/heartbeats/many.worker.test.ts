// A tick with 1,000 heartbeats: statements, rows and bytes, counted as Cloudflare may.
import { beforeAll, expect, test } from 'vitest';
import { evaluateHeartbeats } from '../../src/scheduler/evaluate-heartbeats.ts';
import { commit } from '../../src/store/commit.ts';
import { loadState } from '../../src/store/shard.ts';
import { ask, bindings, clock, empty } from '../support/d1/http-mesh.ts';
import { limitedD1 } from '../support/d1/limited-d1.ts';

const { DB } = bindings;
const HEARTBEATS = 1_000;

beforeAll(empty);

/** An evaluation that is committed, with its outcomes and the statements that it took. */
async function evaluate() {
  const { db, queries } = limitedD1(DB);
  const state = await loadState(DB);
  const numbers = [...state.monitors.keys()];
  const startedAt = performance.now();
  const { statements, ...report } = await evaluateHeartbeats({ db, now: () => clock.now }, state, numbers);
  const evaluateMs = Math.round(performance.now() - startedAt);
  const context = { db, tick: 0, publicUrl: bindings.PUBLIC_URL, now: () => clock.now };
  const before = queries();
  await commit(context, state, () => ({ kind: 'report', location: 1_000, ...report }), { statements });
  const outcomes: Record<string, number> = {};
  for (const { outcome, code, reason } of report.observations) {
    const word = code ?? reason ?? outcome;
    outcomes[word] = (outcomes[word] ?? 0) + 1;
  }
  return { outcomes, reads: before, writes: queries() - before, memories: statements.length, evaluateMs };
}

const pingAll = (count: number) =>
  DB.prepare(
    `insert into pings (id, at, kind, run_id, body_bytes)
      select h.number * 4294967296 + n.value + coalesce((select max(id) - h.number * 4294967296 from pings
        where id > h.number * 4294967296 and id < (h.number + 1) * 4294967296), 0), ?1 + n.value, 'success', 'r' || n.value, 0
      from heartbeats h cross join json_each(?2) n`,
  )
    .bind(clock.now, JSON.stringify(Array.from({ length: count }, (_, index) => index + 1)))
    .run();

test('1,000 heartbeats with new pings are evaluated and committed in few statements', async () => {
  const monitors = Array.from({ length: HEARTBEATS }, (_, index) => ({
    ...{ id: `job-${index}`, name: `Job ${index}` },
    check: {
      ...{ type: 'heartbeat', graceSeconds: 0 },
      ...(index % 2 ? { everySeconds: 60 } : { cron: `${index % 60} * * * *`, timeZone: 'Europe/Berlin' }),
    },
  }));
  const { status } = await ask('/api/v1/configuration', { method: 'PUT', body: { monitors } });
  expect(status).toBe(200);
  clock.now += 30_000;
  const waiting = await evaluate();
  expect(waiting.outcomes).toEqual({ waiting: HEARTBEATS });
  await pingAll(3);
  clock.now += 30_000;
  const pinged = await evaluate();
  expect(pinged.outcomes).toEqual({ ok: HEARTBEATS });
  clock.now += 30_000;
  const silent = await evaluate();
  expect(silent.outcomes).toEqual({ ok: HEARTBEATS });
  console.info(`1,000 heartbeats: ${JSON.stringify({ waiting, pinged, silent })}`);
  // Three that read: heartbeats, spans without pings, and pings. The commit has a statement for about 400 memories.
  for (const { reads } of [waiting, pinged, silent]) expect(reads).toBe(3);
  expect(pinged.memories).toBeLessThanOrEqual(10);
  expect(silent.memories).toBe(0);
  for (const { writes } of [waiting, pinged]) expect(writes).toBeLessThan(25);
  expect(silent.writes).toBeLessThan(6);
}, 120_000);

test('a run of a tick reads at most 20,000 pings, and none is late for the rest', async () => {
  await pingAll(25);
  clock.now += 29_000;
  const first = await evaluate();
  expect(first.outcomes).toEqual({ ok: HEARTBEATS });
  clock.now += 1_000;
  expect((await evaluate()).outcomes).toEqual({ ok: HEARTBEATS });
  const { results } = await DB.prepare(`select distinct memory ->> 'seq' seq from heartbeats`).all();
  expect(results).toEqual([{ seq: 28 }]);
}, 120_000);
