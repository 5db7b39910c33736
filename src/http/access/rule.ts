// Owns what a rule of access can say. The rules are in rules.ts.
import type { Role } from '../../access/role.ts';

/**
 * `public`: every visitor, without credentials. `page`: a route of status pages, which each have their own access: see
 * ../pages/page-access.ts. `signed_in`: every person who signed in, about themselves. A role: people and
 * keys with at least that role. `whole`: only people and keys without a restriction by tag.
 */
export type Rule = 'public' | 'page' | 'signed_in' | Role | { readonly role: Role; readonly whole: true };

/** Only without a restriction by tag. */
export const whole = (role: Role): Rule => ({ role, whole: true });

/** By method and path as the router writes them. */
export type Rules = Readonly<Record<string, Rule>>;
