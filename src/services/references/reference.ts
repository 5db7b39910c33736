// Owns what a reference is: an entity that names another one, and what a detach does to it. Pure.

export interface Reference {
  /** The entity that names the other one. */
  readonly kind: 'monitor' | 'maintenance' | 'silence';
  readonly id: string;
  readonly name: string;
  /** Its field that has the id. */
  readonly field: 'dependsOn' | 'channels' | 'monitors';
  /**
   * detached: the field loses the id. emptied: the field is empty then, so the monitor notifies no channel. ended,
   * deleted: the window would cover nothing, so it ends now and stays readable, or is deleted.
   */
  readonly effect: ReferenceEffect;
}

export const REFERENCE_EFFECTS = ['detached', 'emptied', 'ended', 'deleted'] as const;
export type ReferenceEffect = (typeof REFERENCE_EFFECTS)[number];

/** Why something is not deleted: other entities name it. */
export interface ReferencedError {
  readonly kind: 'referenced';
  readonly message: string;
  readonly references: readonly Reference[];
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
