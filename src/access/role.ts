// Owns the roles, from the least to the most powerful. Each may do what the ones before it may. Pure.

export const ROLES = ['viewer', 'responder', 'editor', 'admin'] as const;

/**
 * viewer: reads. responder: also acknowledges, silences, writes updates. editor: also changes monitors, channels and
 * maintenances. admin: also people, keys and settings.
 */
export type Role = (typeof ROLES)[number];

export const isAtLeast = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** The more powerful of two roles. */
export const highest = (a: Role, b: Role): Role => (isAtLeast(a, b) ? a : b);
