// Verifies that a request comes from your mesh: RFC 9421 signatures of its probes, with the keys that the coordinator publishes.
// Uses fetch and WebCrypto only, so it runs in Node, in a Cloudflare Worker, in Deno and in Bun.

/** Keys are asked for again after this long, and at once if a request names an unknown one, but not oftener than every minute. */
const MAX_AGE_MS = 3_600_000;
const MIN_AGE_MS = 60_000;
const PATH = '/.well-known/http-message-signatures-directory';
const COMPONENTS = ['@authority', 'signature-agent', 'user-agent'];

/**
 * `mesh` is the https:// address of your coordinator. Trust no address that a request names: everybody can publish keys.
 * `verify` gets the method-independent parts of a request: the host that it was sent to, and its headers by lower-case name.
 */
export function createVerifier(mesh, { fetch: get = fetch, now = Date.now } = {}) {
  let keys = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;

  async function keyOf(id) {
    const age = now() - fetchedAt;
    if (age > MAX_AGE_MS || (!keys.has(id) && age > MIN_AGE_MS)) {
      fetchedAt = now();
      const response = await get(mesh + PATH, { redirect: 'error' });
      if (!response.ok) throw new Error(`${mesh} answers ${response.status}`);
      const { keys: published } = await response.json();
      keys = new Map(published.map((key) => [key.kid, key]));
    }
    return keys.get(id);
  }

  return async function verify(host, headers) {
    const match = /^sig1=(\(([^)]*)\);.*)$/.exec(headers['signature-input'] ?? '');
    const signature = /^sig1=:([A-Za-z0-9+/=]+):$/.exec(headers.signature ?? '')?.[1];
    if (!match || !signature) return { ok: false, reason: 'the request is not signed' };
    const [, parameters, list] = match;
    if (list !== COMPONENTS.map((name) => `"${name}"`).join(' '))
      return { ok: false, reason: 'the signature covers other parts' };
    const value = (name) =>
      new RegExp(`;${name}=(?:"([^"]*)"|(\\d+))`).exec(parameters)?.slice(1).find(Boolean);
    const seconds = now() / 1_000;
    if (!(Number(value('created')) <= seconds))
      return { ok: false, reason: 'the signature is of the future' };
    if (!(Number(value('expires')) > seconds)) return { ok: false, reason: 'the signature is too old' };
    if (value('tag') !== 'web-bot-auth') return { ok: false, reason: 'the signature has another purpose' };
    const id = value('keyid') ?? '';
    const key = await keyOf(id);
    if (!key) return { ok: false, reason: `your mesh has no key ${id}` };
    const parts = [
      host.toLowerCase().replace(/:(443|80)$/, ''),
      headers['signature-agent'],
      headers['user-agent'],
    ];
    const base = [
      ...COMPONENTS.map((name, index) => `"${name}": ${parts[index] ?? ''}`),
      `"@signature-params": ${parameters}`,
    ].join('\n');
    const { kty, crv, x } = key;
    const imported = await crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, [
      'verify',
    ]);
    const bytes = Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
    const text = Uint8Array.from(base, (character) => character.charCodeAt(0));
    const isValid = await crypto.subtle.verify('Ed25519', imported, bytes, text);
    return isValid
      ? { ok: true, keyId: id }
      : { ok: false, reason: 'the signature does not match the request' };
  };
}
