// Owns how several addresses of one name fail together: one code, and a text that names every address. Opens nothing.
import { WireError } from '../checks/check.ts';
import type { FailureCode } from '../contract/index.ts';
import { UnmeasuredError } from './errors.ts';

/** An address that failed by itself. A probe that cancels an attempt makes no failure of it. */
export interface AddressFailure {
  readonly address: string;
  readonly error: Error;
}

/** The limit of the contract for a detail, less the words around a list of addresses. */
const MAX_LIST_LENGTH = 220;

/**
 * The outcome that shows most of the target comes first, so that the order of the addresses does not choose the code.
 * A refusal proves that packets arrive; silence proves nothing.
 */
const MOST_TELLING: readonly FailureCode[] = [
  'forbidden_address',
  'unexpected_open',
  'unexpected_reply',
  'tls',
  'reset',
  'refused',
  'unreachable',
  'timeout',
  'dns',
];

/** The code of several failures. */
export const mostTelling = (codes: readonly FailureCode[]): FailureCode =>
  MOST_TELLING.find((code) => codes.includes(code)) ?? 'timeout';

interface Described {
  readonly address: string;
  readonly code: string;
  readonly detail: string;
}

/**
 * `127.0.0.2:80 refused the connection; …`, by address, so that the text of each run is the same. A long list names the
 * addresses by code.
 */
export function listFailures(described: readonly Described[]): string {
  const failures = described.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const sentences = failures.map(({ address, detail }) =>
    detail.includes(address) ? detail : `${address}: ${detail}`,
  );
  const full = sentences.join('; ');
  if (full.length <= MAX_LIST_LENGTH) return full;
  const byCode = Map.groupBy(failures, ({ code }) => code);
  const groups = [...byCode].map(
    ([code, group]) => `${code}: ${group.map(({ address }) => address).join(', ')}`,
  );
  return groups.join('; ');
}

export const listAddressFailures = (failures: readonly AddressFailure[]): string =>
  listFailures(
    failures.map(({ address, error }) => ({
      address,
      code: error instanceof WireError ? error.code : 'unmeasured',
      detail: error.message,
    })),
  );

/**
 * The error of a connection whose addresses all failed. If the location itself could not try one of them, nothing is proven.
 * Without failures, every address belongs to a family that has no route here.
 */
export function mergeFailures(host: string, failures: readonly AddressFailure[]): Error {
  if (failures.length === 0) return noRoute(host);
  const [only] = failures;
  if (failures.length === 1) return only!.error;
  const own = failures.find(({ error }) => !(error instanceof WireError));
  if (own !== undefined) return own.error;
  const codes = failures.map(({ error }) => (error as WireError).code);
  return new WireError(mostTelling(codes), listAddressFailures(failures));
}

export const noRoute = (host: string): UnmeasuredError =>
  new UnmeasuredError('no_ipv6', `${host} has only IPv6 addresses, and this location has no IPv6`);
