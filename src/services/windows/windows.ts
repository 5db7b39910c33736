// Creates, changes and deletes maintenance and silences: their rows and what the engine knows of them, in one commit.
import { and, eq } from 'drizzle-orm';
import type { Change } from '../../engine/model/journal.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { commitIfValid, type PendingCommit } from '../../store/commit.ts';
import { monitors, type Schedule, windows } from '../../store/schema.ts';
import { type Database, loadState } from '../../store/shard.ts';
import type { WindowKind, WindowRow } from '../../store/windows.ts';
import { apiContext, uniqueSlug } from '../monitors/monitors.ts';
import { type Interval, parseSchedule } from './schedule.ts';

/** A window as a person wrote it. */
export interface WindowDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly monitors: 'all' | readonly string[];
  readonly schedule: Schedule;
}

/** How the engine names it. */
export const engineWindowId = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>): string => `${kind}:${id}`;

export function createWindow(
  config: Config,
  kind: WindowKind,
  input: WindowDefinition,
  now: number,
): Promise<Result<WindowRow, ValidationError>> {
  return commitChange(config, kind, now, (scene) => {
    const id = input.id ?? uniqueSlug(input.name, scene.rows);
    if (scene.rows.some((row) => row.id === id)) {
      const message = `A ${kind} with the id "${id}" exists. Choose another id, or change that one.`;
      return err({ kind: 'conflict', path: ['id'], message });
    }
    const row: WindowRow = { ...rowOf(kind, id, input), version: 1, createdAt: now, updatedAt: now };
    return planWrite(scene, row, (orm) => orm.insert(windows).values(row));
  });
}

export function updateWindow(
  config: Config,
  kind: WindowKind,
  id: string,
  input: WindowDefinition,
  now: number,
): Promise<Result<WindowRow, ValidationError>> {
  return commitChange(config, kind, now, (scene) => {
    const known = scene.rows.find((row) => row.id === id);
    if (!known) return err(unknown(kind, id));
    const row: WindowRow = {
      ...rowOf(kind, id, input),
      version: known.version + 1,
      createdAt: known.createdAt,
      updatedAt: now,
    };
    return planWrite(scene, row, (orm) => orm.update(windows).set(row).where(byId(row)));
  });
}

/** A silence that has begun is ended and stays to be read; everything else goes. */
export async function deleteWindow(
  config: Config,
  kind: WindowKind,
  id: string,
  now: number,
): Promise<Result<void, ValidationError>> {
  const deleted = await commitChange(config, kind, now, (scene) => {
    const row = scene.rows.find((one) => one.id === id);
    if (!row) return err(unknown(kind, id));
    const changes: Change[] = [{ type: 'window.deleted', id: engineWindowId(row) }];
    const { schedule } = row;
    const began = 'startsAt' in schedule && schedule.startsAt < now;
    if (kind === 'maintenance' || !began || schedule.endsAt <= now) {
      return ok({ row, changes, statement: (orm: Database) => orm.delete(windows).where(byId(row)) });
    }
    const ended = { schedule: { ...schedule, endsAt: now }, updatedAt: now };
    return ok({
      row,
      changes,
      statement: (orm: Database) => orm.update(windows).set(ended).where(byId(row)),
    });
  });
  return deleted.ok ? ok(undefined) : deleted;
}

const unknown = (kind: WindowKind, id: string): ValidationError => ({
  kind: 'not_found',
  message: `There is no ${kind} "${id}".`,
});

const byId = ({ kind, id }: Pick<WindowRow, 'kind' | 'id'>) =>
  and(eq(windows.kind, kind), eq(windows.id, id));

const rowOf = (kind: WindowKind, id: string, input: WindowDefinition) => ({
  kind,
  id,
  name: input.name,
  monitors: input.monitors === 'all' ? ('all' as const) : [...input.monitors],
  schedule: input.schedule,
});

interface WindowContext {
  readonly rows: readonly WindowRow[];
  /** Monitor numbers by id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly now: number;
}

interface WindowWrite {
  readonly row: WindowRow;
  readonly changes: readonly Change[];
  statement(orm: Database): NonNullable<PendingCommit['statements']>[number];
}

async function commitChange(
  config: Config,
  kind: WindowKind,
  now: number,
  decide: (scene: WindowContext) => Result<WindowWrite, ValidationError>,
): Promise<Result<WindowRow, ValidationError>> {
  let row: WindowRow | undefined;
  const committed = await commitIfValid(
    apiContext(config, now),
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
      return ok({ entry: { kind: 'change', changes }, statements: [statement(orm)] });
    },
  );
  return committed.ok ? ok(row!) : committed;
}

function planWrite(
  scene: WindowContext,
  row: WindowRow,
  statement: WindowWrite['statement'],
): Result<WindowWrite, ValidationError> {
  if (row.monitors !== 'all') {
    for (const [index, id] of row.monitors.entries()) {
      if (scene.numbers.has(id)) continue;
      const message = `There is no monitor "${id}". Create it first.`;
      return err({ kind: 'invalid', path: ['monitors', index], message });
    }
  }
  const spans = parseSchedule(row.schedule, scene.now);
  if (!spans.ok) return spans;
  return ok({ row, changes: [windowChange(row, spans.value, scene.numbers)], statement });
}

/** What the engine is told. Monitors that were deleted since are covered by nothing. */
export const windowChange = (
  row: WindowRow,
  spans: readonly Interval[],
  numbers: ReadonlyMap<string, number>,
): Change => ({
  type: 'window',
  id: engineWindowId(row),
  window: {
    kind: row.kind,
    monitors: row.monitors === 'all' ? 'all' : row.monitors.flatMap((id) => numbers.get(id) ?? []),
    spans,
  },
});
