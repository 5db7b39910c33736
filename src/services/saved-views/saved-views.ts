// Saves and deletes views of the list of monitors: filters with a name. A person has own ones, and editors save them for
// everybody. Does not know what the filters mean.
import type { Caller } from '../../access/caller.ts';
import { isAtLeast } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { readViews, type StoredView, writeViews } from '../../store/saved-views.ts';
import { newId } from '../tokens.ts';

const MAX_OWN = 30;
const MAX_SHARED = 100;
/** Of everybody: the row of the settings has a limit. */
const MAX_VIEWS = 1_000;

/** Own ones, and those that are shared. A filter of others may name what a restriction hides. */
export const visibleViews = (
  views: readonly StoredView[],
  { actor, restriction }: Pick<Caller, 'actor' | 'restriction'>,
): readonly StoredView[] =>
  views.filter((view) =>
    view.personId === null
      ? restriction === null || JSON.stringify(view.restriction) === JSON.stringify(restriction)
      : actor.type === 'person' && actor.id === view.personId,
  );

export interface ViewInput {
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
}

export async function saveView(
  config: Config,
  { name, query, shared }: ViewInput,
  caller: Caller,
): Promise<Result<StoredView, ValidationError>> {
  const { actor, role, restriction, now } = caller;
  if (shared && !isAtLeast(role, 'editor'))
    return err({ kind: 'forbidden', path: ['shared'], message: 'Only editors save a view for everybody.' });
  if (!shared && actor.type !== 'person')
    return err({ kind: 'invalid', path: ['shared'], message: 'Must be true: only a person has own views.' });
  const personId = shared ? null : actor.id;
  const view: StoredView = { id: newId('view'), name, query, personId, restriction, createdAt: now };
  const { db } = config;
  const saved = await runAudited<ValidationError>(db, config, caller, async () => {
    const views = await readViews(db);
    const alike = views.filter((one) => one.personId === personId);
    if (visibleViews(alike, caller).some((one) => one.name === name))
      return err({
        kind: 'conflict',
        path: ['name'],
        message: `A view with the name "${name}" exists. Choose another name.`,
      });
    const most = shared ? MAX_SHARED : MAX_OWN;
    if (alike.length >= most || views.length >= MAX_VIEWS)
      return err({
        kind: 'conflict',
        path: [],
        message: `There are ${alike.length} views. Delete one that nobody needs first.`,
      });
    return ok({
      statements: [writeViews(db, [...views, view], now)],
      record: {
        action: 'monitor_view.created',
        target: targetOf(view),
        before: null,
        after: { name, query, shared },
      },
    });
  });
  return saved.ok ? ok(view) : saved;
}

/** Returns what was deleted, so that it can be saved again. */
export async function deleteView(
  config: Config,
  id: string,
  caller: Caller,
): Promise<Result<StoredView, ValidationError>> {
  const { db } = config;
  let deleted: StoredView | undefined;
  const removed = await runAudited<ValidationError>(db, config, caller, async () => {
    const views = await readViews(db);
    const view = visibleViews(views, caller).find((one) => one.id === id);
    if (view === undefined) return err({ kind: 'not_found', message: `Unknown view "${id}".` });
    if (view.personId === null && !isAtLeast(caller.role, 'editor'))
      return err({ kind: 'forbidden', path: [], message: 'Only editors delete a view of everybody.' });
    deleted = view;
    const { name, query, personId } = view;
    return ok({
      statements: [
        writeViews(
          db,
          views.filter((one) => one.id !== id),
          caller.now,
        ),
      ],
      record: {
        action: 'monitor_view.deleted',
        target: targetOf(view),
        before: { name, query, shared: personId === null },
        after: null,
      },
    });
  });
  return removed.ok ? ok(deleted!) : removed;
}

const targetOf = ({ id, name }: StoredView) => ({ type: 'monitor_view', id, name });
