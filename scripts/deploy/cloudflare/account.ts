// Owns the question whose account wrangler uses. Does not log in.
import { DeployError } from '../step.ts';
import type { Wrangler } from './wrangler.ts';

/** `wrangler whoami --json` */
interface Whoami {
  readonly loggedIn: boolean;
  readonly email?: string;
  readonly accounts?: readonly { readonly id: string; readonly name: string }[];
}

export interface CloudflareAccount {
  readonly id: string;
  readonly name: string;
}

/** Throws a {@link DeployError} unless exactly one account is meant. `chosen` is `CLOUDFLARE_ACCOUNT_ID`. */
export async function findAccount(
  wrangler: Wrangler,
  chosen: string | undefined,
): Promise<CloudflareAccount> {
  const { accounts = [] } = await wrangler.json<Whoami>('The account at Cloudflare is unknown', [
    ...['whoami', '--json'],
  ]);
  if (chosen) return accounts.find(({ id }) => id === chosen) ?? { id: chosen, name: chosen };
  const [account, ...more] = accounts;
  if (account === undefined)
    throw new DeployError(
      'Your login at Cloudflare has no account.',
      'Set CLOUDFLARE_ACCOUNT_ID to the account that gets the mesh.',
    );
  if (more.length > 0)
    throw new DeployError(
      `Your login has ${accounts.length} Cloudflare accounts: ${accounts.map(({ id, name }) => `${name} (${id})`).join(', ')}.`,
      'Set CLOUDFLARE_ACCOUNT_ID to the one that gets the mesh.',
    );
  return account;
}
