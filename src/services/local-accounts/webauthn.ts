// Owns the two ceremonies of WebAuthn, as the kept library does them: options for the browser, and the verification of what it
// returns. A passkey is discoverable and verifies its person, so it needs no username and no second factor.
// Does not store anything.
import { Buffer } from 'node:buffer';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers';
import { log } from '../../log.ts';
import type { PasskeyRow } from '../../store/passkeys.ts';

/** This site, for the browser and its authenticators. */
export interface RelyingParty {
  readonly origin: string;
  /** Host name. */
  readonly id: string;
}

/** Null if the host is an address: WebAuthn needs a name (w3.org/TR/webauthn-3, section 5.1.2: a valid domain). */
export function relyingPartyOf(origin: string): RelyingParty | null {
  const { hostname } = new URL(origin);
  return /^[\d.]+$|^\[/.test(hostname) ? null : { origin, id: hostname };
}

export interface NewPasskeyOwner {
  readonly personId: string;
  readonly username: string;
  readonly name: string;
}

/** What `navigator.credentials.create` takes, as JSON. */
export const registrationOptions = (
  { id }: RelyingParty,
  { personId, username, name }: NewPasskeyOwner,
  existing: readonly PasskeyRow[],
) =>
  generateRegistrationOptions({
    rpName: 'probemesh',
    rpID: id,
    userID: Uint8Array.from(Buffer.from(personId)),
    userName: username,
    userDisplayName: name,
    attestationType: 'none',
    excludeCredentials: existing.map((passkey) => ({ id: passkey.id, transports: passkey.transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });

/** What `navigator.credentials.get` takes, as JSON. */
export const authenticationOptions = ({ id }: RelyingParty) =>
  generateAuthenticationOptions({ rpID: id, userVerification: 'required' });

export type VerifiedPasskey = Pick<PasskeyRow, 'id' | 'publicKey' | 'counter' | 'transports'>;

const MAX_TRANSPORTS = 10;
/** w3.org/TR/webauthn-3, section 4: at most 1,023 bytes, here as base64. */
const MAX_ID_LENGTH = 1_364;
/** The largest keys of today, of ML-DSA, have 2,592 bytes. Each sign-in reads the key. */
const MAX_KEY_BYTES = 4_000;

/** `response` is JSON of a browser, of any form. Null if it is not a valid answer to this challenge on this site. */
export const verifyRegistration = (
  party: RelyingParty,
  response: unknown,
  challenge: string,
): Promise<VerifiedPasskey | null> =>
  orRefused('registration', async () => {
    const credential = response as Parameters<typeof verifyRegistrationResponse>[0]['response'];
    rejectCertificates(credential.response.attestationObject);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: credential,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
    });
    if (!verified) return null;
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    if (id.length > MAX_ID_LENGTH || publicKey.length > MAX_KEY_BYTES) return null;
    return {
      id,
      publicKey: isoBase64URL.fromBuffer(publicKey),
      counter,
      transports: transports.slice(0, MAX_TRANSPORTS).map((one) => String(one).slice(0, 20)),
    };
  });

/** The new counter of the passkey. Null as for {@link verifyRegistration}. */
export const verifyAuthentication = (
  party: RelyingParty,
  response: unknown,
  challenge: string,
  passkey: PasskeyRow,
): Promise<number | null> =>
  orRefused('authentication', async () => {
    const credential = response as Parameters<typeof verifyAuthenticationResponse>[0]['response'];
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: credential,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: isoBase64URL.toBuffer(passkey.publicKey),
        counter: passkey.counter,
      },
    });
    // A discoverable passkey names its person. It must be the one that it was stored for.
    const { userHandle } = credential.response;
    const isOwn = userHandle !== undefined && isoBase64URL.toUTF8String(userHandle) === passkey.personId;
    return verified && isOwn ? authenticationInfo.newCounter : null;
  });

/**
 * Requests no attestation. The library would fetch revocation lists from addresses in certificates, so that a visitor could
 * make the Worker send requests.
 */
function rejectCertificates(attestationObject: string): void {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = attestation.get('fmt');
  const isSelf = format === 'packed' && attestation.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isSelf)
    throw new Error('the attestation has certificates, and none was asked for');
}

/** The library throws for whatever is wrong with the answer of a browser. */
async function orRefused<T>(ceremony: string, verify: () => Promise<T | null>): Promise<T | null> {
  try {
    return await verify();
  } catch (error) {
    log.info('sign_in.passkey_refused', { ceremony, error });
    return null;
  }
}
