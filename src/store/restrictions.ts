// Owns reading every restriction by tag that people, API keys and rules of identity providers have.
import { isNotNull } from 'drizzle-orm';
import type { Restriction } from '../access/restriction.ts';
import { database } from './database.ts';
import { apiKeys, identityProviders, people } from './schema.ts';

export async function listRestrictions(db: D1Database): Promise<readonly Restriction[]> {
  const from = database(db);
  const [ofPeople, ofKeys, providers] = await from.batch([
    from.select({ tags: people.tags }).from(people).where(isNotNull(people.tags)),
    from.select({ tags: apiKeys.tags }).from(apiKeys).where(isNotNull(apiKeys.tags)),
    from.select({ rules: identityProviders.rules }).from(identityProviders),
  ]);
  const ofRules = providers.flatMap(({ rules }) => rules.map(({ tags }) => tags));
  return [...ofPeople.map(({ tags }) => tags), ...ofKeys.map(({ tags }) => tags), ...ofRules];
}
