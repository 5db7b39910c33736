// Owns what a reference is: an entity that names another one, and what a detach does to it. Pure.

export interface Reference {
  /** The entity that names the other one. */
  readonly kind:
    | 'monitor'
    | 'maintenance'
    | 'silence'
    | 'route'
    | 'settings'
    | 'schedule'
    | 'person'
    | 'status_page';
  readonly id: string;
  readonly name: string;
  /** Its field that has the id. */
  readonly field:
    | 'dependsOn'
    | 'channels'
    | 'monitors'
    | 'steps'
    | 'match.monitors'
    | 'defaultChannels'
    | 'rotations'
    | 'components'
    | 'access'
    | 'mailChannel';
  /**
   * detached: the field loses the id. emptied: the field is empty then, so the monitor, or a step of the route, notifies no
   * channel, or the page shows no monitor and sends no mail. ended, deleted: the window or the route would cover nothing, so it ends now and stays readable, or is deleted.
   */
  readonly effect: ReferenceEffect;
}

export const REFERENCE_EFFECTS = ['detached', 'emptied', 'ended', 'deleted'] as const;
export type ReferenceEffect = (typeof REFERENCE_EFFECTS)[number];

/** A monitor that lists a channel which goes. `left`: the number of channels that it lists then. */
export const channelReference = (
  { id, name }: { readonly id: string; readonly name: string },
  left: number,
): Reference => ({
  ...{ kind: 'monitor', id, name, field: 'channels' },
  effect: left === 0 ? 'emptied' : 'detached',
});

/** Why something is not deleted: other entities name it. */
export interface ReferencedError {
  readonly kind: 'referenced';
  readonly message: string;
  readonly references: readonly Reference[];
  /** The field of a document that leaves the entity out. */
  readonly path?: readonly string[];
}

const MAX_NAMED = 10;

/** `subject` is what was to be deleted: `The monitor "database"`. */
export function referencedError(subject: string, references: readonly Reference[]): ReferencedError {
  const named = references
    .slice(0, MAX_NAMED)
    .map(({ kind, id, field }) => `${kind} "${id}" (${field})`)
    .join(', ');
  const more = references.length > MAX_NAMED ? ` and ${references.length - MAX_NAMED} more` : '';
  const message = `${subject} is named by ${named}${more}. Remove these references first, or delete it with ?detach=true, which removes them.`;
  return { kind: 'referenced', message, references };
}

/** Entries that the caller cannot see name it too. Only an admin may change those. `shown` are the others. */
export const outsideReferencesError = (subject: string, shown: readonly Reference[]): ReferencedError => ({
  kind: 'referenced',
  message: `${subject} is named by entries outside your access. Ask an admin to delete it, or to remove these references.`,
  references: shown,
});

/** A document leaves out what others name. `first` is a sentence about the first of them, and `keep` says how to keep it. */
export function leftOutError(
  path: readonly string[],
  { first, keep }: { readonly first: string; readonly keep: string },
  references: readonly Reference[],
): ReferencedError {
  const others = references.length - 1;
  const more =
    others === 0 ? '' : ` ${others} more ${others === 1 ? 'reference is' : 'references are'} listed.`;
  const message = `${first}${more} ${keep} Or add ?detach=true, which removes the references.`;
  return { kind: 'referenced', message, references, path };
}
