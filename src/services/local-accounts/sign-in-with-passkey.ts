// Signs a local person in with a passkey. Does not know pages or cookies.
import type { Origin } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import { err, type Result } from '../../result.ts';
import { findPasskey, recordPasskeyUse } from '../../store/passkeys.ts';
import { type Flow, isFlowUsed } from '../sign-in/flow.ts';
import { completeSignIn, type SignedIn } from './complete-sign-in.ts';
import { asLocalPerson } from './local-person.ts';
import { type RelyingParty, verifyAuthentication } from './webauthn.ts';

export interface PasskeyAttempt {
  readonly party: RelyingParty;
  readonly flow: Flow & { readonly challenge: string };
  /** JSON of the browser, of any form. */
  readonly response: unknown;
  readonly replacedSessionId: string | null;
  readonly origin: Origin;
}

export async function signInWithPasskey(
  config: EncryptionKeys & { readonly db: D1Database },
  { party, flow, response, replacedSessionId, origin }: PasskeyAttempt,
  now: number,
): Promise<Result<SignedIn, 'refused'>> {
  const { db } = config;
  const found = await findPasskey(db, idOf(response));
  const person = asLocalPerson(found?.person ?? null);
  if (found === null || person === null || (await isFlowUsed(db, flow))) return err('refused');
  const { passkey } = found;
  const counter = await verifyAuthentication(party, response, flow.challenge, passkey);
  if (counter === null) return err('refused');
  return completeSignIn(config, {
    personId: person.id,
    method: 'passkey',
    flow,
    isStillValid: async () => (await findPasskey(db, passkey.id))?.passkey.personId === person.id,
    statements: [recordPasskeyUse(db, passkey.id, counter, now)],
    details: { passkey: passkey.name },
    replacedSessionId,
    origin,
    now,
  });
}

function idOf(response: unknown): string {
  const id = typeof response === 'object' && response !== null && 'id' in response ? response.id : null;
  return typeof id === 'string' ? id : '';
}
