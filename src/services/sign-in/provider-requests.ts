// Owns every request to an identity provider: which addresses are allowed, the time limit, the size limit, and the keys that
// sign its tokens. Does not know what the responses mean.
import type { RemoteJWKSet } from 'jose';
import { validateReceiverUrl } from '../../channels/receiver-url.ts';

export const PROVIDER_TIMEOUT_MS = 5_000;
const MAX_RESPONSE_BYTES = 512_000;

/** The provider did not answer in time, or its answer cannot be used. It proves nothing about the person. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable';
}

interface Allowed {
  readonly allowLoopback: boolean;
}

/** Whether requests and people may be sent to this address: https, or this machine in a local mesh. */
export const isAllowedUrl = (url: string | undefined, { allowLoopback }: Allowed): boolean =>
  url !== undefined && validateReceiverUrl(url, { allowLoopback }) === null;

/** What both libraries pass. */
interface RequestOptions extends Pick<RequestInit, 'method' | 'headers'> {
  readonly body?: RequestInit['body'] | undefined;
}

/** Throws {@link ProviderUnreachable}. Redirects are not followed. */
export async function providerFetch(
  url: string,
  { method = 'GET', headers = {}, body = null }: RequestOptions,
): Promise<Response> {
  const { host } = new URL(url);
  const signal = AbortSignal.timeout(PROVIDER_TIMEOUT_MS);
  try {
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal });
    const content = await readBody(response);
    if (response.status >= 500) throw new ProviderUnreachable(`${host} responded ${response.status}`);
    const type = response.headers.get('content-type');
    const challenge = response.headers.get('www-authenticate');
    const kept = {
      ...(type === null ? {} : { 'content-type': type }),
      ...(challenge === null ? {} : { 'www-authenticate': challenge }),
    };
    return new Response(content.length === 0 ? null : content, { status: response.status, headers: kept });
  } catch (error) {
    if (error instanceof ProviderUnreachable) throw error;
    throw new ProviderUnreachable(`${host} cannot be reached within ${PROVIDER_TIMEOUT_MS / 1000} s`, {
      cause: error,
    });
  }
}

async function readBody(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    size += read.value.length;
    if (size > MAX_RESPONSE_BYTES) {
      await reader?.cancel();
      throw new ProviderUnreachable(`the response is larger than ${MAX_RESPONSE_BYTES} bytes`);
    }
    chunks.push(read.value);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Signing keys by their address, for as long as this isolate lives. */
const keySets = new Map<string, RemoteJWKSet>();
const MAX_KEY_SETS = 20;

/**
 * The keys at an address. They are read again after ten minutes, and for a token that an unknown key signed, at once:
 * `cooldownMs` after the last time at the earliest. Use 0 only for tokens that the issuer itself has sent.
 */
export async function keysAt(url: string, cooldownMs: number): Promise<RemoteJWKSet> {
  const name = `${cooldownMs} ${url}`;
  const known = keySets.get(name);
  if (known) return known;
  if (keySets.size >= MAX_KEY_SETS) keySets.clear();
  // Loaded with the first token: most requests, and every tick, need none of it.
  const { createRemoteJWKSet, customFetch } = await import('jose');
  const keys = createRemoteJWKSet(new URL(url), {
    cooldownDuration: cooldownMs,
    timeoutDuration: PROVIDER_TIMEOUT_MS,
    [customFetch]: providerFetch,
  });
  keySets.set(name, keys);
  return keys;
}
