// Finds the person of a request that Cloudflare Access has let through, by its signed assertion. Does not read headers.

import type { Origin } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import type { ActiveSession } from '../sessions/find-session.ts';

/** The header in which Access sends its JWT (developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json). */
export const ACCESS_HEADER = 'cf-access-jwt-assertion';

/** Null if no provider of this type is enabled, the assertion is not valid, or no group of the person has a role. */
export async function findAccessPerson(
  _config: Config,
  _assertion: string,
  _origin: Origin,
  _now: number,
): Promise<ActiveSession['person'] | null> {
  return null;
}
