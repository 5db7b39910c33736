// Owns what a restriction by tag means for maintenances and silences: which are shown, and which scopes may be written.
// Pure. Does not read rows.
import type { Caller } from '../../access/caller.ts';
import { isScopeInside, type Restriction } from '../../access/restriction.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { ScopedMonitor, WindowScope } from '../../store/window-scope.ts';
import { insideIds, writeReferences } from '../access/references.ts';

/** Windows that concern nothing outside. */
export const windowsInside = <W extends WindowScope>(
  restriction: Restriction,
  windows: readonly W[],
  monitors: readonly ScopedMonitor[],
): readonly W[] => {
  const inside = insideIds(restriction, monitors);
  return windows.filter((window) => isScopeInside(restriction, window, inside));
};

/** A caller with a restriction lists monitors and tags inside. What is outside is answered like what does not exist. */
export function checkScope(
  { restriction }: Pick<Caller, 'restriction'>,
  written: WindowScope,
  monitors: readonly ScopedMonitor[],
): Result<void, ValidationError> {
  if (restriction === null) return ok(undefined);
  const reference = { kind: 'monitor', path: ['monitors'] } as const;
  const inside = insideIds(restriction, monitors);
  // A window inside never covers everything, so nothing that is stored has to stay.
  const listed = writeReferences({ restriction }, reference, written.monitors, null, inside);
  if ('error' in listed) return err(listed.error);
  const index = written.tags.findIndex(
    (tag) => !isScopeInside(restriction, { monitors: [], tags: [tag] }, inside),
  );
  if (index < 0) return ok(undefined);
  const message = `No monitor that you see has the tag "${written.tags[index]}". Use a tag of your restriction: ${restriction.join(', ') || 'none'}.`;
  return err({ kind: 'not_found', path: ['tags', index], message });
}
