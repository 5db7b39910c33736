// Owns roles and restrictions in words, for pages. Pure.
import type { Restriction } from '../../access/restriction.ts';
import type { Role } from '../../access/role.ts';

export const ROLE_TEXT: Readonly<Record<Role, string>> = {
  viewer: 'Viewer: reads everything that the access allows',
  responder: 'Responder: also silences, redelivers and handles incidents',
  editor: 'Editor: also changes monitors, channels and maintenance',
  admin: 'Admin: also manages people, keys and settings',
};

/** What a person or a key sees. */
export function restrictionText(restriction: Restriction): string {
  if (restriction === null) return 'Everything';
  return restriction.length === 0 ? 'Nothing: no tag is allowed' : `Only ${restriction.join(', ')}`;
}

export const isRole = (text: unknown): text is Role =>
  typeof text === 'string' && Object.hasOwn(ROLE_TEXT, text);

/** `team:web, team:shop` as a restriction. Empty: everything. */
export function readTags(text: unknown): string[] | null {
  const tags = typeof text === 'string' ? text.split(/[\s,]+/).filter((tag) => tag !== '') : [];
  return tags.length === 0 ? null : [...new Set(tags)];
}
