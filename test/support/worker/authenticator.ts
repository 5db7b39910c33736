// Owns an authenticator in software, as a browser would use one: makes passkeys and signs with them (WebAuthn Level 3).
import { isoBase64URL, isoCBOR } from '@simplewebauthn/server/helpers';

const UP = 0x01;
const UV = 0x04;
const AT = 0x40;

interface Ceremony {
  readonly challenge: string;
  readonly origin?: string;
  readonly rpId?: string;
}

export interface Changes {
  /** The person was not verified. */
  readonly withoutVerification?: boolean;
  readonly type?: string;
  readonly counter?: number;
  /** Of the attestation. */
  readonly format?: string;
  readonly statement?: Map<string, unknown>;
  readonly userHandle?: string | null;
}

interface KeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

const encoder = new TextEncoder();
const encode = (bytes: Uint8Array): string => isoBase64URL.fromBuffer(Uint8Array.from(bytes));
const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

export class Authenticator {
  readonly id = encode(crypto.getRandomValues(new Uint8Array(16)));
  counter = 0;
  #userHandle = '';
  #keys: KeyPair | undefined;

  /** As `navigator.credentials.create`, with the options of the Worker. */
  async create(
    // biome-ignore lint/suspicious/noExplicitAny: the options are JSON of the Worker.
    options: any,
    { origin = 'https://status.test', rpId = 'status.test' }: Partial<Ceremony> = {},
    changes: Changes = {},
  ) {
    this.#keys = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as KeyPair;
    this.#userHandle = options.user.id;
    const jwk = (await crypto.subtle.exportKey('jwk', this.#keys.publicKey)) as { x?: string; y?: string };
    const cose = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, isoBase64URL.toBuffer(jwk.x!)],
      [-3, isoBase64URL.toBuffer(jwk.y!)],
    ]);
    const id = isoBase64URL.toBuffer(this.id);
    const attested = concat(new Uint8Array(16), [0, id.length], id, isoCBOR.encode(cose));
    const authData = concat(await this.#authData(rpId, changes, AT), attested);
    const attestationObject = isoCBOR.encode(
      new Map<string, unknown>([
        ['fmt', changes.format ?? 'none'],
        ['attStmt', changes.statement ?? new Map()],
        ['authData', authData],
      ]) as Map<string, string>,
    );
    const clientDataJSON = clientData(changes.type ?? 'webauthn.create', options.challenge, origin);
    return this.#credential({
      clientDataJSON: encode(clientDataJSON),
      attestationObject: encode(attestationObject),
      transports: ['internal'],
    });
  }

  /** As `navigator.credentials.get`. */
  async get(
    { challenge, origin = 'https://status.test', rpId = 'status.test' }: Ceremony,
    changes: Changes = {},
  ) {
    const authData = await this.#authData(rpId, changes, 0);
    const data = clientData(changes.type ?? 'webauthn.get', challenge, origin);
    const signed = concat(authData, await sha256(data));
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const raw = await crypto.subtle.sign(algorithm, this.#keys!.privateKey, Uint8Array.from(signed));
    const { userHandle = this.#userHandle } = changes;
    return this.#credential({
      clientDataJSON: encode(data),
      authenticatorData: encode(authData),
      signature: encode(derOf(new Uint8Array(raw))),
      ...(userHandle === null ? {} : { userHandle }),
    });
  }

  async #authData(rpId: string, { withoutVerification, counter }: Changes, extra: number) {
    this.counter = counter ?? this.counter + 1;
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.counter);
    return concat(await sha256(encoder.encode(rpId)), [UP | (withoutVerification ? 0 : UV) | extra], bytes);
  }

  #credential(response: object) {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {}, response };
  }
}

const clientData = (type: string, challenge: string, origin: string): Uint8Array =>
  encoder.encode(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

/** WebCrypto signs as r and s, WebAuthn as ASN.1. */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array): number[] => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const short = [...bytes.slice(start)];
    const positive = (short[0] ?? 0) > 127 ? [0, ...short] : short;
    return [2, positive.length, ...positive];
  };
  const both = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))];
  return Uint8Array.from([0x30, both.length, ...both]);
}
