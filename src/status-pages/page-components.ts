// Owns which components a page shows, and which of them a subscriber wants to read of. Pure. Reads no row.
import { hasTag } from '../tags.ts';
import type { ComponentImpact, ComponentRef, StatusPage, SubscriptionScope } from './model.ts';

/** What decides whether a page shows a monitor. */
export interface PageMonitor {
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly public: boolean;
}

export interface ShownComponent {
  readonly ref: ComponentRef;
  readonly name: string;
  /** Null: none. Of a group: its own name. */
  readonly group: string | null;
}

/** A page that every visitor may read shows public monitors only, whatever its configuration selects. */
export function showsMonitor({ access, config }: StatusPage, monitor: PageMonitor): boolean {
  if (access.type === 'public' && !monitor.public) return false;
  const { monitors, groups, tags } = config.components;
  return (
    monitors === 'all' ||
    monitors.includes(monitor.id) ||
    (monitor.group !== null && groups.includes(monitor.group)) ||
    tags.some((tag) => hasTag(monitor.tags, tag))
  );
}

/** Groups, monitors and static components of the page, by their ref. */
export function shownComponents(
  page: StatusPage,
  monitors: readonly PageMonitor[],
): ReadonlyMap<ComponentRef, ShownComponent> {
  const single: ShownComponent[] = [
    ...monitors
      .filter((monitor) => showsMonitor(page, monitor))
      .map(({ id, name, group }) => ({ ref: `monitor:${id}`, name, group })),
    ...page.config.components.static.map(({ id, name, group }) => ({ ref: `static:${id}`, name, group })),
  ];
  const groups = [...new Set(single.flatMap(({ group }) => (group === null ? [] : [group])))].sort();
  return new Map(
    [...groups.map((name) => ({ ref: `group:${name}`, name, group: name })), ...single].map((one) => [
      one.ref,
      one,
    ]),
  );
}

/**
 * Whether a subscriber with this scope reads of the components, which the page shows. A group includes its components, and
 * what concerns a group concerns each of them.
 */
export function isInScope(
  scope: SubscriptionScope,
  components: readonly ComponentImpact[],
  shown: ReadonlyMap<ComponentRef, ShownComponent>,
): boolean {
  if (scope === 'page') return true;
  const wanted = new Set(scope);
  const wantedGroups = new Set(scope.flatMap((ref) => groupOf(ref, shown)));
  return components.some(({ component }) => {
    if (wanted.has(component)) return true;
    const group = shown.get(component)?.group ?? null;
    if (group === null) return false;
    return wanted.has(`group:${group}`) || (component === `group:${group}` && wantedGroups.has(group));
  });
}

const groupOf = (ref: ComponentRef, shown: ReadonlyMap<ComponentRef, ShownComponent>): string[] => {
  const group = shown.get(ref)?.group ?? null;
  return group === null ? [] : [group];
};
