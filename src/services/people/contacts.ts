// Owns the channels that reach a person while on call: which ids may be written, a person's own change of them, and what a
// channel that goes does to them. Does not notify.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import type { PersonRow } from '../../store/people.ts';
import * as store from '../../store/people.ts';
import { listTagged } from '../../store/tagged.ts';
import { insideIds, unknownReference, writeReferences } from '../access/references.ts';
import { leftOutError, type Reference, type ReferencedError } from '../references/reference.ts';
import { personTarget, unknownPerson } from './person.ts';

/** The channels to store. Those that the caller does not see stay, and the others must exist. */
export async function writeContacts(
  db: D1Database,
  caller: Pick<Caller, 'restriction'>,
  written: readonly string[],
  stored: readonly string[],
): Promise<Result<string[], ValidationError>> {
  const { channels } = await listTagged(db);
  const inside = insideIds(caller.restriction, channels);
  const reference = { kind: 'channel', path: ['channels'] } as const;
  const listed = writeReferences(caller, reference, written, stored, inside);
  if ('error' in listed) return err(listed.error);
  const known = new Set(channels.map(({ id }) => id));
  const index = written.findIndex((id) => !known.has(id) && !stored.includes(id));
  if (index < 0) return ok([...listed.list]);
  const message = unknownReference('channel', written[index]!);
  return err({ kind: 'not_found', path: ['channels', index], message });
}

/** A person decides which channels reach that person, of those that the person sees. */
export async function updateOwnContacts(
  config: Config,
  caller: Caller,
  personId: string,
  channels: readonly string[],
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | 'unchanged'>(db, config, caller, async () => {
    const row = await store.findPerson(db, personId);
    if (row === null) return err(unknownPerson(personId));
    const contacts = await writeContacts(db, caller, channels, row.channels);
    if (!contacts.ok) return contacts;
    if (JSON.stringify(contacts.value) === JSON.stringify(row.channels)) return err('unchanged' as const);
    return ok({
      statements: [store.updatePerson(db, row, { channels: contacts.value, updatedAt: caller.now })],
      record: {
        ...{ action: 'person.updated', target: personTarget(row) },
        ...{ before: { channels: row.channels }, after: { channels: contacts.value } },
      },
      options: { ifChanged: true },
    });
  });
  return written.ok || written.error === 'unchanged' ? ok(null) : err(written.error);
}

/** A configuration leaves out channels that people have. */
export function contactsError(references: readonly Reference[]): ReferencedError {
  const first = `The person "${references[0]!.name}" has a channel that this configuration deletes.`;
  const keep = 'Keep the channel, or remove it from the person first.';
  return leftOutError(['channels'], { first, keep }, references);
}

type Reached = Pick<PersonRow, 'id' | 'name' | 'channels'>;

/** The people whose contacts name a channel that goes, and the statements that remove it there. */
export async function contactsWithout(
  db: D1Database,
  isGone: (channel: string) => boolean,
): Promise<{ readonly references: readonly Reference[]; readonly people: readonly Reached[] }> {
  const people = (await store.listContacts(db)).flatMap((person) => {
    const channels = person.channels.filter((id) => !isGone(id));
    return channels.length === person.channels.length ? [] : [{ ...person, channels }];
  });
  const references = people.map(
    ({ id, name, channels }): Reference => ({
      ...{ kind: 'person', id, name, field: 'channels' },
      effect: channels.length === 0 ? 'emptied' : 'detached',
    }),
  );
  return { references, people };
}
