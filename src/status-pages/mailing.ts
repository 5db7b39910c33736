// Owns the shape of what subscribers get. Pure.
import type { ComponentImpact, UpdateStatus } from './model.ts';

/** What happened to a maintenance. */
export interface MaintenanceNews {
  readonly news: 'planned' | 'changed' | 'ended' | 'cancelled';
  /** Of its next occurrence. Null: a recurring one that has none. */
  readonly startsAt: number | null;
  readonly endsAt: number | null;
}

/** Complete, so that a later edit of what it tells of changes nothing that is on its way. */
export interface Mailing {
  /** Derived from what it tells of, so that a repeat adds none. */
  readonly id: string;
  readonly kind: 'update' | 'announcement' | 'maintenance' | 'incident';
  readonly at: number;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  /** Of updates and incidents. */
  readonly status: UpdateStatus | null;
  /** Null: it is for all readers of the pages. */
  readonly components: readonly ComponentImpact[] | null;
  /**
   * Of words that name no component: ids of the measured incidents that they are about. They decide which pages show the words,
   * and so who reads them. The insert makes components of their monitors.
   */
  readonly measured?: readonly string[];
  /** Ids of the status pages that it is for. */
  readonly pages: 'all' | readonly string[];
  /** Path on the page that tells more: `/incidents/<id>`. */
  readonly path: string;
  /** Of maintenances, whose text each language writes. */
  readonly maintenance?: MaintenanceNews;
}
