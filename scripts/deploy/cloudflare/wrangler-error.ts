// Owns what a failed call of wrangler means, and what to do about it. Does not call wrangler.
import { DeployError } from '../step.ts';
import type { WranglerResult } from './run-wrangler.ts';

/** wrangler sets secrets only if the newest version runs. */
const NEWEST_NOT_DEPLOYED = /latest version of your Worker isn't currently deployed/;

/** The first row that matches gives the fix. */
const FIXES: readonly (readonly [pattern: RegExp, what: string | null, fix: string])[] = [
  [
    /not authenticated|"loggedIn":\s*false|CLOUDFLARE_API_TOKEN environment variable for wrangler to work|Not logged in/i,
    'Cloudflare does not know who you are.',
    'Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.',
  ],
  [
    /More than one account available/,
    'Your login has several Cloudflare accounts.',
    'Set CLOUDFLARE_ACCOUNT_ID to the one that gets the mesh.',
  ],
  [
    /\[code: (10000|9109|9106|1000)\]|Authentication error|Unauthorized/i,
    null,
    'The token needs these permissions of the account: Workers Scripts, D1 and Queues (all Edit), Account Settings (Read); for domains also Workers Routes (Edit) and Zone (Read) of the zone.',
  ],
  [
    /register a workers\.dev subdomain|\[code: 10063\]/,
    'The account has no workers.dev subdomain.',
    'Open Workers & Pages once in the dashboard of Cloudflare, or set `domain` in the settings.',
  ],
  [
    /Could not find zone|\[code: 10082\]|not.*zone.*account/i,
    null,
    'Add the zone of the domain to this Cloudflare account, or change `domain` and `pageDomains` in the settings.',
  ],
  [
    /maximum number of D1 databases|\[code: 7406\]/,
    'The account has its maximum number of D1 databases.',
    'Delete one that you do not need, or use Workers Paid.',
  ],
  [
    NEWEST_NOT_DEPLOYED,
    'The newest version of the Worker is not the one that runs, for example after a rollback.',
    'Run `npm run deploy` first, so that the newest version runs.',
  ],
  [
    /\[code: 10013\]|\[code: 971\]|rate limit|Too Many Requests|\b429\b/i,
    'Cloudflare limits the rate of requests.',
    'Wait five minutes, and run the command again.',
  ],
  [
    /fetch failed|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ECONNRESET|EAI_AGAIN/,
    'Cloudflare cannot be reached.',
    'Look at the network of this machine, and run the command again.',
  ],
];

/** `what` is what was tried: `D1 database mesh was not made`. `secrets` never reach the message. */
export function wranglerError(
  what: string,
  result: WranglerResult,
  secrets: readonly string[] = [],
): DeployError {
  const text = `${result.stderr}\n${result.stdout}`;
  const [, known, fix] = FIXES.find(([pattern]) => pattern.test(text)) ?? [];
  const reason = known ?? redact(reasonOf(text), secrets);
  return new DeployError(
    `${what}: ${reason}`,
    fix ?? 'Correct that, and run the command again. The log of wrangler is in dist/deploy/logs.',
  );
}

/** Codes of Cloudflare's API: the Worker does not exist. */
export const isWorkerMissing = ({ stdout, stderr }: WranglerResult): boolean =>
  /\[?code: (10007|10090)\]?|Worker "[^"]*"( \(env: [^)]*\))? not found|This Worker does not exist/.test(
    `${stderr}\n${stdout}`,
  );

export const isNewestNotDeployed = ({ stdout, stderr }: WranglerResult): boolean =>
  NEWEST_NOT_DEPLOYED.test(`${stderr}\n${stdout}`);

const MAX_REASON = 300;

/** What follows `[ERROR]`, in one line. */
function reasonOf(text: string): string {
  const [, after = text] = /\[ERROR\]\s*([\s\S]*)/.exec(text) ?? [];
  const [first = ''] = after.split(/\n\s*(?:If you think this is a bug|🪵|To learn more)/);
  const line = first.replace(/\s+/g, ' ').trim().slice(0, MAX_REASON);
  return line === '' ? 'wrangler gave no reason.' : /[.!?]$/.test(line) ? line : `${line}.`;
}

const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '[secret]')), text);
