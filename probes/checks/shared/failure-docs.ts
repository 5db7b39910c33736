// Owns the common meanings of failure codes. A check overrides or removes one in its own docs.
import type { FailureCode } from '../../contract/index.ts';
import type { CheckDocs } from '../check.ts';

const COMMON_FAILURES: CheckDocs['failures'] = {
  refused: 'The host refused the connection: no service listens on the port.',
  timeout: 'The target did not respond within `timeoutMs`.',
  reset: 'The target reset the connection.',
  unreachable: 'A router reported that it has no route to the host.',
  dns: 'The host name has no address.',
  forbidden_address: 'The host name resolves to an address that probes may not connect to.',
};

/** The failure codes that a check reports, with their meanings. */
export function failureDocs({ failures }: CheckDocs): Partial<Record<FailureCode, string>> {
  const meanings = Object.entries({ ...COMMON_FAILURES, ...failures });
  return Object.fromEntries(meanings.filter(([, meaning]) => meaning !== null));
}
