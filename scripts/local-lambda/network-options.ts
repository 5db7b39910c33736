// Owns the options of `npm start` and `npm run check-target` about this machine's network. Does not run anything.
import { parseCidrs } from '../../probes/checks/shared/allowed-networks.ts';
import { hostError } from '../../probes/checks/shared/target.ts';

/** For parseArgs of node:util. */
export const NETWORK_ARGS = {
  'allow-cidrs': { type: 'string', multiple: true },
  'canary-names': { type: 'string', multiple: true },
} as const;

export const NETWORK_USAGE = `  --allow-cidrs A,B      private networks that checks may reach, such as 10.0.0.0/8,192.168.0.0/16; repeatable
  --canary-names A,B     names that show that name resolution works (default: three public ones); repeatable`;

export interface NetworkOptions {
  readonly allowCidrs: readonly string[];
  readonly canaryNames: readonly string[];
}

const MAX_NAMES = 8;

/** `fail` throws an error with the text, which names the option and the fix. */
export function readNetworkOptions(
  values: { readonly [name in keyof typeof NETWORK_ARGS]?: string[] | undefined },
  fail: (message: string) => Error,
): NetworkOptions {
  return {
    allowCidrs: readCidrs(values['allow-cidrs'], fail),
    canaryNames: readNames(values['canary-names'], fail),
  };
}

function readCidrs(given: string[] | undefined, fail: (message: string) => Error): readonly string[] {
  if (given === undefined) return [];
  const cidrs = parseCidrs(given.join());
  if ('error' in cidrs) throw fail(`--allow-cidrs ${cidrs.error}`);
  return cidrs;
}

function readNames(given: string[] | undefined, fail: (message: string) => Error): readonly string[] {
  if (given === undefined) return [];
  const names = given
    .join()
    .split(/[\s,]+/)
    .filter(Boolean);
  if (names.length === 0 || names.length > MAX_NAMES)
    throw fail(`--canary-names must have 1 to ${MAX_NAMES} host names, such as dns.google.`);
  for (const name of names) {
    const problem =
      hostError(name) ?? (/[a-z].*\.|\..*[a-z]/i.test(name) ? null : 'Write a name with a dot.');
    if (problem !== null) throw fail(`--canary-names has "${name}". ${problem}`);
  }
  return names;
}
