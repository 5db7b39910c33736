// Creates, changes and deletes maintenance and silences: their rows and what the engine knows of them, in one commit.
import { and, eq } from 'drizzle-orm';
import type { Change } from '../../engine/model/journal.ts';
import type { Config } from '../../env.ts';
import { done, type Refusal, type Result, refuse } from '../../result.ts';
import { commitUnlessRefused, type Draft } from '../../store/commit.ts';
import { monitors, type Schedule, windows } from '../../store/schema.ts';
import { type Database, loadState } from '../../store/shard.ts';
import type { WindowKind, WindowRow } from '../../store/windows.ts';
import { apiWriter, freeSlug } from '../monitors/monitors.ts';
import { readSchedule, type Span } from './schedule.ts';

/** A window as a person wrote it. */
export interface WindowDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  readonly schedule: Schedule;
}

/** How the engine names it. */
export const windowKey = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>): string => `${kind}:${id}`;

export function createWindow(
  config: Config,
  kind: WindowKind,
  input: WindowDefinition,
  now: number,
): Promise<Result<WindowRow, Refusal>> {
  return change(config, kind, now, (scene) => {
    const id = input.id ?? freeSlug(input.name, scene.rows);
    if (scene.rows.some((row) => row.id === id)) {
      const message = `A ${kind} with the id "${id}" exists. Choose another id, or change that one.`;
      return refuse({ kind: 'conflict', path: ['id'], message });
    }
    const row: WindowRow = { ...rowOf(kind, id, input), createdAt: now, updatedAt: now };
    return write(scene, row, (orm) => orm.insert(windows).values(row));
  });
}

export function updateWindow(
  config: Config,
  kind: WindowKind,
  id: string,
  input: WindowDefinition,
  now: number,
): Promise<Result<WindowRow, Refusal>> {
  return change(config, kind, now, (scene) => {
    const known = scene.rows.find((row) => row.id === id);
    if (!known) return refuse(unknown(kind, id));
    const row: WindowRow = { ...rowOf(kind, id, input), createdAt: known.createdAt, updatedAt: now };
    return write(scene, row, (orm) => orm.update(windows).set(row).where(isRow(row)));
  });
}

/** A silence that has begun is ended and stays to be read; everything else goes. */
export async function deleteWindow(
  config: Config,
  kind: WindowKind,
  id: string,
  now: number,
): Promise<Result<void, Refusal>> {
  const deleted = await change(config, kind, now, (scene) => {
    const row = scene.rows.find((one) => one.id === id);
    if (!row) return refuse(unknown(kind, id));
    const changes: Change[] = [{ type: 'window.deleted', id: windowKey(row) }];
    const { schedule } = row;
    const began = 'startsAt' in schedule && schedule.startsAt < now;
    if (kind === 'maintenance' || !began || schedule.endsAt <= now) {
      return done({ row, changes, statement: (orm: Database) => orm.delete(windows).where(isRow(row)) });
    }
    const ended = { schedule: { ...schedule, endsAt: now }, updatedAt: now };
    return done({
      row,
      changes,
      statement: (orm: Database) => orm.update(windows).set(ended).where(isRow(row)),
    });
  });
  return deleted.ok ? done(undefined) : deleted;
}

const unknown = (kind: WindowKind, id: string): Refusal => ({
  kind: 'not_found',
  message: `There is no ${kind} "${id}".`,
});

const isRow = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>) =>
  and(eq(windows.kind, kind), eq(windows.id, id));

const rowOf = (kind: WindowKind, id: string, input: WindowDefinition) => ({
  kind,
  id,
  name: input.name,
  monitors: input.monitors === 'all' ? ('all' as const) : [...input.monitors],
  schedule: input.schedule,
});

interface Scene {
  readonly rows: readonly WindowRow[];
  /** Monitor numbers by id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly now: number;
}

interface Written {
  readonly row: WindowRow;
  readonly changes: readonly Change[];
  statement(orm: Database): NonNullable<Draft['statements']>[number];
}

async function change(
  config: Config,
  kind: WindowKind,
  now: number,
  decide: (scene: Scene) => Result<Written, Refusal>,
): Promise<Result<WindowRow, Refusal>> {
  let row: WindowRow | undefined;
  const committed = await commitUnlessRefused(
    apiWriter(config, now),
    await loadState(config.db),
    async (_, orm) => {
      const [rows, known] = await orm.batch([
        orm.select().from(windows).where(eq(windows.kind, kind)),
        orm.select({ id: monitors.id, number: monitors.number }).from(monitors),
      ]);
      const decided = decide({ rows, numbers: new Map(known.map(({ id, number }) => [id, number])), now });
      if (!decided.ok) return decided;
      row = decided.value.row;
      const { changes, statement } = decided.value;
      return done({ entry: { kind: 'change', at: 0, changes }, statements: [statement(orm)] });
    },
  );
  return committed.ok ? done(row!) : committed;
}

function write(scene: Scene, row: WindowRow, statement: Written['statement']): Result<Written, Refusal> {
  if (row.monitors !== 'all') {
    for (const [index, id] of row.monitors.entries()) {
      if (scene.numbers.has(id)) continue;
      const message = `There is no monitor "${id}". Create it first.`;
      return refuse({ kind: 'invalid', path: ['monitors', index], message });
    }
  }
  const spans = readSchedule(row.schedule, scene.now);
  if (!spans.ok) return spans;
  return done({ row, changes: [windowChange(row, spans.value, scene.numbers)], statement });
}

/** What the engine is told. Monitors that were deleted since are covered by nothing. */
export const windowChange = (
  row: WindowRow,
  spans: readonly Span[],
  numbers: ReadonlyMap<string, number>,
): Change => ({
  type: 'window',
  id: windowKey(row),
  window: {
    kind: row.kind,
    monitors: row.monitors === 'all' ? 'all' : row.monitors.flatMap((id) => numbers.get(id) ?? []),
    spans,
  },
});
