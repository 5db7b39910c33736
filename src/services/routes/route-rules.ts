// Owns the rules for a route that its schema cannot know: what it names exists, and a restricted caller's route concerns
// nothing outside. Does not read the database.
import type { Caller } from '../../access/caller.ts';
import { isInside, type Tagged } from '../../access/restriction.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { RouteMatch, RouteStep, WeekTimes } from '../../routing/model.ts';
import { type Tags, tagName } from '../../tags.ts';
import { describeRestriction, unknownReference } from '../access/references.ts';

/** A route as a person writes it, with defaults applied. */
export interface RouteDefinition {
  readonly id?: string | undefined;
  readonly name: string;
  readonly match: RouteMatch;
  readonly continues: boolean;
  readonly steps: readonly RouteStep[];
  readonly repeatMinutes: number | null;
  readonly quietHours: WeekTimes | null;
  readonly enabled: boolean;
  readonly tags: Tags;
}

type Named = readonly (Tagged & { readonly id: string })[];

/** What exists, or is about to. */
export interface KnownEntries {
  readonly monitors: Named;
  readonly channels: Named;
  readonly schedules: Named;
}

const idsInside = ({ restriction }: Pick<Caller, 'restriction'>, entries: Named): ReadonlySet<string> =>
  new Set(entries.filter((entry) => isInside(restriction, entry)).map(({ id }) => id));

const unknown = (kind: 'monitor' | 'channel' | 'schedule', id: string, path: (string | number)[]) =>
  err<ValidationError>({ kind: 'not_found', path, message: unknownReference(kind, id) });

/** `stored`: ids that the route has already stay valid for a caller without a restriction. */
export function validateRoute(
  caller: Pick<Caller, 'restriction'>,
  { match, steps }: RouteDefinition,
  known: KnownEntries,
): Result<null, ValidationError> {
  const monitors = idsInside(caller, known.monitors);
  const channels = idsInside(caller, known.channels);
  const schedules = idsInside(caller, known.schedules);
  for (const [index, id] of (match.monitors ?? []).entries())
    if (!monitors.has(id)) return unknown('monitor', id, ['match', 'monitors', index]);
  for (const [at, step] of steps.entries()) {
    for (const [index, id] of step.channels.entries())
      if (!channels.has(id)) return unknown('channel', id, ['steps', at, 'channels', index]);
    for (const [index, id] of step.schedules.entries())
      if (!schedules.has(id)) return unknown('schedule', id, ['steps', at, 'schedules', index]);
  }
  return validateScope(caller, match);
}

/** A route of one team must not decide about the monitors of another. */
function validateScope(
  { restriction }: Pick<Caller, 'restriction'>,
  match: RouteMatch,
): Result<null, ValidationError> {
  if (restriction === null || match.monitors) return ok(null);
  const outside = (tag: string) => !restriction.includes(tag) && !restriction.includes(tagName(tag));
  const index = match.tags ? match.tags.findIndex(outside) : -1;
  if (match.tags && index < 0) return ok(null);
  return err({
    kind: 'invalid',
    path: match.tags ? ['match', 'tags', index] : ['match'],
    message: `Your access is restricted to ${describeRestriction(restriction)}. Match monitors, or only these tags.`,
  });
}
