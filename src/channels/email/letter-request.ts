// Owns the request that hands a letter to the provider of an email channel: an HTTP API, or Cloudflare's binding. Pure.
import type { ChannelRequest } from '../channel.ts';
import type { EmailConfig } from './config.ts';
import type { Letter } from './letter.ts';
import { providerRequest } from './providers.ts';

/** `id` is the idempotency key. `config.to` are the recipients. */
export async function letterRequest(
  config: EmailConfig,
  id: string,
  letter: Letter,
  now: number,
): Promise<ChannelRequest> {
  const { provider, from, fromName, to } = config;
  return provider === 'cloudflare'
    ? { transport: 'email', from: { name: fromName, email: from }, to, ...letter }
    : providerRequest(provider, { id, letter, config, now });
}
