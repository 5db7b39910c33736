// Owns what a deletion of monitors or channels does to the status pages that name them: they lose the id. Pure. Does not decide
// whether a reference is a refusal.
import type { PageConfig } from '../../status-pages/model.ts';
import type { StatusPageRow } from '../../store/status-pages.ts';
import type { Gone } from './detach-routes.ts';
import type { Reference } from './reference.ts';

export interface DetachedPage {
  readonly before: StatusPageRow;
  readonly after: StatusPageRow;
  readonly references: readonly Reference[];
  /** The first entry that goes. */
  readonly missing: { readonly kind: 'channel' | 'monitor'; readonly id: string };
}

/** The pages that name something which goes. */
export const detachPages = (
  rows: readonly StatusPageRow[],
  gone: Pick<Gone, 'channel' | 'monitor'>,
  now: number,
): DetachedPage[] =>
  rows.flatMap((before) => {
    const { id, title, access, config } = before;
    const { components, mailChannel } = config;
    const monitor = components.monitors === 'all' ? undefined : components.monitors.find(gone.monitor);
    const linkChannel = access.type === 'email' && isGone(access.channel, gone) ? access.channel : null;
    const lostMailChannel = isGone(mailChannel, gone) ? mailChannel : null;
    const channel = linkChannel ?? lostMailChannel;
    if (monitor === undefined && channel === null) return [];
    const kept = withoutMonitors(components, gone);
    const named = { kind: 'status_page', id, name: title } as const;
    const references: Reference[] = [
      ...(monitor === undefined
        ? []
        : [{ ...named, field: 'components', effect: isEmpty(kept) ? 'emptied' : 'detached' } as const]),
      ...(linkChannel === null ? [] : [{ ...named, field: 'access', effect: 'emptied' } as const]),
      ...(lostMailChannel === null ? [] : [{ ...named, field: 'mailChannel', effect: 'emptied' } as const]),
    ];
    const after: StatusPageRow = {
      ...before,
      config: { ...config, components: kept, mailChannel: lostMailChannel === null ? mailChannel : null },
      access: linkChannel === null || access.type !== 'email' ? access : { ...access, channel: null },
      ...{ version: before.version + 1, updatedAt: now },
    };
    const missing =
      channel === null
        ? ({ kind: 'monitor', id: monitor! } as const)
        : ({ kind: 'channel', id: channel } as const);
    return [{ before, after, references, missing }];
  });

const isGone = (channel: string | null, gone: Pick<Gone, 'channel'>): channel is string =>
  channel !== null && gone.channel(channel);

/** A list that loses its last monitor stays empty: it does not become "all". */
const withoutMonitors = (
  components: PageConfig['components'],
  gone: Pick<Gone, 'monitor'>,
): PageConfig['components'] =>
  components.monitors === 'all'
    ? components
    : { ...components, monitors: components.monitors.filter((id) => !gone.monitor(id)) };

const isEmpty = ({ monitors, groups, tags, static: statics }: PageConfig['components']): boolean =>
  monitors.length + groups.length + tags.length + statics.length === 0;
