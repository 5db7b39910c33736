// Owns what a status page shows: which monitors, and which of what people write. Pure. One rule for every form of a page.
import { hasTag, type Tags } from '../tags.ts';
import type { ComponentRef, PageConfig, StatusPage } from './model.ts';

/** The part of a monitor that decides which pages show it. */
export interface ShownMonitor {
  readonly id: string;
  readonly group: string | null;
  readonly tags: Tags;
  readonly public: boolean;
}

/** A public page shows only public monitors. One with an access rule shows all that it selects. */
export const showsMonitor = (
  { config, access }: Pick<StatusPage, 'config' | 'access'>,
  monitor: ShownMonitor,
): boolean => (monitor.public || access.type !== 'public') && selects(config.components, monitor);

function selects(
  { monitors, groups, tags }: PageConfig['components'],
  { id, group, tags: own }: ShownMonitor,
): boolean {
  return (
    monitors === 'all' ||
    monitors.includes(id) ||
    (group !== null && groups.includes(group)) ||
    tags.some((tag) => hasTag(own, tag))
  );
}

export const monitorRef = (id: string): ComponentRef => `monitor:${id}`;
export const groupRef = (name: string): ComponentRef => `group:${name}`;
export const staticRef = (id: string): ComponentRef => `static:${id}`;

/** Every component of a page: its monitors, their groups, and what no probe checks. */
export function componentsOf(
  page: Pick<StatusPage, 'config' | 'access'>,
  monitors: readonly ShownMonitor[],
): ReadonlySet<ComponentRef> {
  const shown = monitors.filter((monitor) => showsMonitor(page, monitor));
  const statics = page.config.components.static;
  const groups = [...shown, ...statics].flatMap(({ group }) => (group === null ? [] : [groupRef(group)]));
  return new Set([
    ...shown.map(({ id }) => monitorRef(id)),
    ...groups,
    ...statics.map(({ id }) => staticRef(id)),
  ]);
}

export const isOnPage = (pages: 'all' | readonly string[], pageId: string): boolean =>
  pages === 'all' || pages.includes(pageId);

/** What people write is on a page if it names no component, or one of the page. */
export const concernsPage = (
  components: readonly { readonly component: ComponentRef }[],
  ofPage: ReadonlySet<ComponentRef>,
): boolean => components.length === 0 || components.some(({ component }) => ofPage.has(component));
