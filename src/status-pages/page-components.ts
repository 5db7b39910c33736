// Owns the components of a page with their names, and which of them a subscriber wants to read of. Pure.
// Does not decide what a page shows: shown-on.ts does.
import type { ComponentRef, StatusPage, SubscriptionScope } from './model.ts';
import { groupRef, monitorRef, type ShownMonitor, showsMonitor, staticRef } from './shown-on.ts';

export type NamedMonitor = ShownMonitor & { readonly name: string };

export interface NamedComponent {
  readonly ref: ComponentRef;
  readonly name: string;
  /** Null: none. Of a group: its own name. */
  readonly group: string | null;
}

export type NamedComponents = ReadonlyMap<ComponentRef, NamedComponent>;

/** Groups, monitors and static components of the page, by their ref. */
export function namedComponents(
  page: Pick<StatusPage, 'config' | 'access'>,
  monitors: readonly NamedMonitor[],
): NamedComponents {
  const single: NamedComponent[] = [
    ...monitors
      .filter((monitor) => showsMonitor(page, monitor))
      .map(({ id, name, group }) => ({ ref: monitorRef(id), name, group })),
    ...page.config.components.static.map(({ id, name, group }) => ({ ref: staticRef(id), name, group })),
  ];
  const names = [...new Set(single.flatMap(({ group }) => (group === null ? [] : [group])))].sort();
  const groups = names.map((name) => ({ ref: groupRef(name), name, group: name }));
  return new Map([...groups, ...single].map((one) => [one.ref, one]));
}

/**
 * Whether a subscriber with this scope reads of the components, which the page shows. A group includes its components, and
 * what concerns a group concerns each of them. What names no component concerns the whole page.
 */
export function isInScope(
  scope: SubscriptionScope,
  components: readonly { readonly component: ComponentRef }[],
  shown: NamedComponents,
): boolean {
  if (scope === 'page' || components.length === 0) return true;
  const wanted = new Set(scope);
  const wantedGroups = new Set(scope.map((ref) => shown.get(ref)?.group ?? null));
  return components.some(({ component }) => {
    if (wanted.has(component)) return true;
    const group = shown.get(component)?.group ?? null;
    if (group === null) return false;
    return wanted.has(groupRef(group)) || (component === groupRef(group) && wantedGroups.has(group));
  });
}
