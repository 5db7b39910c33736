// Owns what the groups of a person allow: reading the groups from claims, and the rule that decides. Pure.
import type { Restriction } from '../../access/restriction.ts';
import { highest, type Role } from '../../access/role.ts';
import type { GroupRule, ProviderRow } from '../../store/identity-providers.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface GrantedAccess {
  readonly role: Role;
  readonly tags: Restriction;
}

/**
 * The claim at a path: `groups`, `realm_access.roles`. A name may have dots itself, such as `https://acme.test/groups`: the
 * longest name that exists counts.
 */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(0, dot);
    const inner = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      return claimAt(inner as Claims, path.slice(dot + 1));
  }
  return undefined;
}

type Source = Pick<ProviderRow, 'type' | 'groupsClaim' | 'rules'>;

/** An address is a group of one. Cloudflare Access has verified it; another issuer must set `email_verified`. */
const EMAIL = 'email';

/** The groups that the claims list: a list of texts, or one text. Anything else lists nothing. */
export function groupsOf({ type, groupsClaim }: Omit<Source, 'rules'>, claims: Claims): string[] {
  if (groupsClaim === EMAIL && type === 'oidc' && claims.email_verified !== true) return [];
  const value = claimAt(claims, groupsClaim);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === 'string' && one !== '') as string[];
}

/** What the rules of the groups give together. Null: no group has a role, so the person may not sign in. */
export function accessOf(source: Source, claims: Claims): GrantedAccess | null {
  const fold = (text: string) => (source.groupsClaim === EMAIL ? text.toLowerCase() : text);
  const groups = new Set(groupsOf(source, claims).map(fold));
  const matching = source.rules.filter(({ group }) => groups.has(fold(group)));
  const [first] = matching;
  if (first === undefined) return null;
  const role = matching.map((rule) => rule.role).reduce(highest, first.role);
  return { role, tags: tagsOf(role, matching) };
}

/** The restriction of the highest role: the union, unless one of its rules has none. Admins have none. */
function tagsOf(role: Role, matching: readonly GroupRule[]): Restriction {
  const deciding = matching.filter((rule) => rule.role === role).map(({ tags }) => tags);
  if (role === 'admin' || deciding.includes(null)) return null;
  return [...new Set(deciding.flatMap((tags) => tags ?? []))].toSorted();
}
