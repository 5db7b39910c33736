// Saves and deletes views of the list of monitors: filters with a name. A person has own ones, and editors save them for
// everybody with the same access. Does not know what the filters mean.
import type { Caller } from '../../access/caller.ts';
import { isAtLeast } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { readViews, type StoredView, viewOwners, writeViews } from '../../store/saved-views.ts';
import { newId } from '../tokens.ts';

/** A row of the settings has at most 20,000 bytes. */
const MAX_VIEWS = 15;

export interface SavedView extends StoredView {
  readonly shared: boolean;
}

export async function listViews({ db }: Pick<Config, 'db'>, caller: Caller): Promise<readonly SavedView[]> {
  const { shared, own } = viewOwners(caller);
  const [ofAll, ofPerson] = await Promise.all([
    readViews(db, shared),
    own === null ? [] : readViews(db, own),
  ]);
  return savedViews(ofAll, ofPerson);
}

export const savedViews = (
  shared: readonly StoredView[],
  own: readonly StoredView[],
): readonly SavedView[] => [
  ...own.map((view) => ({ ...view, shared: false })),
  ...shared.map((view) => ({ ...view, shared: true })),
];

export interface ViewInput {
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
}

export async function saveView(
  config: Config,
  { name, query, shared }: ViewInput,
  caller: Caller,
): Promise<Result<SavedView, ValidationError>> {
  const owners = viewOwners(caller);
  if (shared && !isAtLeast(caller.role, 'editor'))
    return err({ kind: 'forbidden', path: ['shared'], message: 'Only editors save a view for everybody.' });
  const owner = shared ? owners.shared : owners.own;
  if (owner === null)
    return err({ kind: 'invalid', path: ['shared'], message: 'Must be true: only a person has own views.' });
  const { db } = config;
  const view: StoredView = { id: newId('view'), name, query, createdAt: caller.now };
  const saved = await runAudited<ValidationError>(db, config, caller, async () => {
    const views = await readViews(db, owner);
    if (views.some((one) => one.name === name)) {
      const message = `A view with the name "${name}" exists. Choose another name.`;
      return err({ kind: 'conflict', path: ['name'], message });
    }
    if (views.length >= MAX_VIEWS) {
      const message = `There are ${MAX_VIEWS} views. Delete one that is not needed first.`;
      return err({ kind: 'conflict', path: [], message });
    }
    return ok({
      statements: [writeViews(db, owner, [...views, view], caller.now)],
      record: {
        action: 'monitor_view.created',
        ...{ target: targetOf(view), before: null, after: { name, query, shared } },
      },
    });
  });
  return saved.ok ? ok({ ...view, shared }) : saved;
}

export async function deleteView(
  config: Config,
  id: string,
  caller: Caller,
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const owners = viewOwners(caller);
  const removed = await runAudited<ValidationError>(db, config, caller, async () => {
    const view = (await listViews(config, caller)).find((one) => one.id === id);
    if (view === undefined) return err({ kind: 'not_found', message: `Unknown view "${id}".` });
    const { name, query, shared } = view;
    if (shared && !isAtLeast(caller.role, 'editor'))
      return err({ kind: 'forbidden', path: [], message: 'Only editors delete a view of everybody.' });
    const owner = shared ? owners.shared : owners.own!;
    const kept = (await readViews(db, owner)).filter((one) => one.id !== id);
    return ok({
      statements: [writeViews(db, owner, kept, caller.now)],
      record: {
        action: 'monitor_view.deleted',
        ...{ target: targetOf(view), before: { name, query, shared }, after: null },
      },
    });
  });
  return removed.ok ? ok(null) : removed;
}

const targetOf = ({ id, name }: StoredView) => ({ type: 'monitor_view', id, name });
