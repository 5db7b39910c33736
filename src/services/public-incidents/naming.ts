// Owns what people's words may name, and what of it a restricted person or key sees: components, measured incidents and
// status pages. What is outside a restriction is answered like what was never there.
import type { Caller } from '../../access/caller.ts';
import { isInside, keepOutside, type Restriction } from '../../access/restriction.ts';
import type { ValidationError } from '../../result.ts';
import { groupRef, monitorRef, staticRef } from '../../status-pages/shown-on.ts';
import type { PublicIncident, PublicIncidentRow } from '../../store/public-incidents.ts';
import { type MeasuredIncident, type Nameable, readNameable } from '../../store/public-incidents.ts';
import { insideIds, unknownReference } from '../access/references.ts';

/** Everything that the caller may name. */
export interface Naming {
  readonly restriction: Restriction;
  readonly components: ReadonlySet<string>;
  readonly pages: ReadonlySet<string>;
  readonly monitorNumbers: ReadonlySet<number>;
  /** Open incidents of monitors inside. */
  readonly open: readonly MeasuredIncident[];
}

/** For a read that names nothing. Without a restriction, everything is shown, and nothing is read. */
export const readShown = async (db: D1Database, restriction: Restriction): Promise<Naming> =>
  restriction === null ? namingOf(null, { monitors: [], pages: [], open: [] }) : readNaming(db, restriction);

export const readNaming = async (db: D1Database, restriction: Restriction): Promise<Naming> =>
  namingOf(restriction, await readNameable(db));

export function namingOf(restriction: Restriction, { monitors, pages, open }: Nameable): Naming {
  const inside = monitors.filter((monitor) => isInside(restriction, monitor));
  const numbers = new Set(inside.map(({ number }) => number));
  const ownPages = pages.filter((page) => isInside(restriction, page));
  const statics = ownPages.flatMap((page) => page.statics);
  const groups = new Set([...inside, ...statics].flatMap(({ group }) => (group === null ? [] : [group])));
  // A group is inside if the whole of it is.
  for (const { number, group } of monitors) if (group !== null && !numbers.has(number)) groups.delete(group);
  return {
    restriction,
    components: new Set([
      ...inside.map(({ id }) => monitorRef(id)),
      ...[...groups].map(groupRef),
      ...statics.map(({ id }) => staticRef(id)),
    ]),
    // Without a row, the page at `/` belongs to no team.
    pages: new Set([...insideIds(restriction, ownPages), ...(restriction === null ? ['default'] : [])]),
    monitorNumbers: numbers,
    open: open.filter(({ monitorNumber }) => numbers.has(monitorNumber)),
  };
}

type Path = readonly (string | number)[];

/** Components that were named before stay nameable: a monitor may have been deleted since. */
export function componentsError(
  naming: Naming,
  written: readonly { readonly component: string }[],
  before: ReadonlySet<string>,
  path: Path,
): ValidationError | null {
  const index = written.findIndex(
    ({ component }) => !naming.components.has(component) && !before.has(component),
  );
  if (index < 0) return null;
  const { component } = written[index]!;
  const message = `Component "${component}" does not exist. Use monitor:<id>, group:<name>, or static:<id> of a status page.`;
  return { kind: 'not_found', path: [...path, index, 'component'], message };
}

/** Words without a component are for the readers of every page. */
export const needsComponentError = (
  { restriction }: Naming,
  count: number,
  path: Path,
): ValidationError | null =>
  restriction === null || count > 0
    ? null
    : {
        kind: 'invalid',
        path,
        message: `Your access is restricted to ${restriction.join(', ') || 'nothing'}. Name at least one component.`,
      };

/** The list to store: pages outside that are stored stay. */
export function writtenPages(
  naming: Naming,
  written: 'all' | readonly string[],
  stored: 'all' | readonly string[] | null,
  path: Path,
): { readonly list: 'all' | string[] } | { readonly error: ValidationError } {
  if (written === 'all') return { list: 'all' };
  const before = stored === null || stored === 'all' ? [] : stored;
  const index = written.findIndex(
    (id) => !naming.pages.has(id) && (naming.restriction !== null || !before.includes(id)),
  );
  if (index >= 0) {
    const message = unknownReference('page', written[index]!);
    return { error: { kind: 'not_found', path: [...path, index], message } };
  }
  return { list: keepOutside(naming.restriction, before, written, (id) => naming.pages.has(id)) };
}

/** The ids to store. `found` are the incidents that exist. */
export function writtenIncidents(
  naming: Naming,
  written: readonly string[],
  stored: readonly string[],
  found: readonly MeasuredIncident[],
): { readonly list: string[] } | { readonly error: ValidationError } {
  const inside = new Set(found.filter((one) => isMeasuredInside(naming, one)).map(({ id }) => id));
  const index = written.findIndex(
    (id) => !inside.has(id) && (naming.restriction !== null || !stored.includes(id)),
  );
  if (index >= 0) {
    const message = `Incident "${written[index]}" does not exist. GET /api/v1/incidents lists all incidents.`;
    return { error: { kind: 'not_found', path: ['incidents', index], message } };
  }
  return { list: keepOutside(naming.restriction, stored, written, (id) => inside.has(id)) };
}

/** An incident of a location, or of a deleted monitor, belongs to no team. */
const isMeasuredInside = ({ restriction, monitorNumbers }: Naming, one: MeasuredIncident): boolean =>
  one.location === null && (restriction === null || monitorNumbers.has(one.monitorNumber));

export const isShown = <T extends Pick<PublicIncidentRow, 'tags'>>(
  { restriction }: Pick<Caller, 'restriction'>,
  row: T | null,
): row is T => row !== null && isInside(restriction, row);

/** Without what the caller cannot see. `measured` are the incidents that it names. */
export function shownIncident(
  naming: Naming,
  incident: PublicIncident,
  measured: readonly MeasuredIncident[],
): PublicIncident {
  if (naming.restriction === null) return incident;
  const seen = new Set(measured.filter((one) => isMeasuredInside(naming, one)).map(({ id }) => id));
  const inside = <T extends { readonly component: string }>(components: readonly T[]) =>
    components.filter(({ component }) => naming.components.has(component));
  const { pages } = incident;
  return {
    ...incident,
    components: inside(incident.components),
    incidents: incident.incidents.filter((id) => seen.has(id)),
    pages: pages === 'all' ? pages : pages.filter((id) => naming.pages.has(id)),
    updates: incident.updates.map((update) => ({ ...update, components: inside(update.components) })),
  };
}
