// Owns how much a configuration may delete without being asked to: an empty or truncated file must not empty a mesh.
// Does not delete.
import type { KindPlan } from './entries.ts';

const MAX_COUNT = 2;
const MAX_SHARE = 0.2;

/** Why a configuration is refused: everything that it would delete, by path. */
export interface DeletesRefused {
  readonly kind: 'deletes_refused';
  readonly message: string;
  readonly deletes: readonly { readonly path: readonly [string]; readonly message: string }[];
}

/** A plan, and how many entries of the kind are stored. */
interface Planned {
  readonly plan: KindPlan;
  readonly storedCount: number;
}

/** Null if the deletes are few: at most two or a fifth of a kind, and never the last channel. */
export function refuseDeletes(
  monitors: Planned,
  channels: Planned,
  schedules: Planned,
  routes: Planned,
  pages: Planned,
): DeletesRefused | null {
  const reasons = [
    tooMany('monitors', monitors),
    tooMany('channels', channels),
    tooMany('schedules', schedules),
    tooMany('routes', routes),
    tooMany('status pages', pages),
  ].filter((reason) => reason !== null);
  if (isLast(channels)) reasons.push('the last channel, so no notification would reach a receiver');
  if (reasons.length === 0) return null;
  const list = (kind: string, { plan }: Planned, field = `${kind}s`) =>
    plan.delete.map((id) => ({ path: [field] as const, message: `Would delete the ${kind} "${id}".` }));
  return {
    kind: 'deletes_refused',
    message: `This configuration would delete ${reasons.join(', and ')}. Nothing has changed.`,
    deletes: [
      ...list('monitor', monitors),
      ...list('channel', channels),
      ...list('schedule', schedules),
      ...list('route', routes),
      ...list('status page', pages, 'statusPages'),
    ],
  };
}

function tooMany(kind: string, { plan, storedCount }: Planned): string | null {
  const limit = Math.max(MAX_COUNT, MAX_SHARE * storedCount);
  const count = plan.delete.length;
  return count > limit
    ? `${count} of ${storedCount} ${kind} (at most ${Math.floor(limit)} are allowed)`
    : null;
}

const isLast = ({ plan, storedCount }: Planned): boolean =>
  plan.delete.length > 0 && storedCount - plan.delete.length + plan.create.length === 0;
