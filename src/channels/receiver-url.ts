// Which addresses a notification may be sent to. Asked when a channel is written and again before every attempt,
// since a stored channel may be older than the rule. Pure.
import { forbiddenReason } from '../../probes/checks/shared/address-guard.ts';

/** Names that point at the machine itself or into somebody's own network. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/;

/**
 * Why notifications cannot be sent to `url`, and what to do; null when they can. With `allowLoopback` (only `npm start`
 * sets it) plain http and the machine itself are allowed, for receivers on loopback and no others.
 */
export function validateReceiverUrl(
  url: string,
  { allowLoopback }: { readonly allowLoopback: boolean },
): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return 'This is not an address. Write https://host/path.';
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    return 'Only https:// receivers can be told.';
  if (parsed.username !== '' || parsed.password !== '')
    return 'Leave user name and password out of the address.';

  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const literal = host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
  const loopback = literal ? isLoopback(host) : host === 'localhost' || host.endsWith('.localhost');
  if (loopback && allowLoopback) return null;
  const forbidden = literal ? forbiddenReason(host, { loopback: allowLoopback }) : localName(host);
  if (forbidden !== null) return forbidden;
  if (parsed.protocol === 'https:') return null;
  const where = allowLoopback
    ? 'http:// is for receivers on this machine only.'
    : 'http:// can be read on the way.';
  return `${where} Write https://.`;
}

const isLoopback = (address: string): boolean =>
  forbiddenReason(address, { loopback: true }) === null &&
  forbiddenReason(address, { loopback: false }) !== null;

function localName(host: string): string | null {
  if (!host.includes('.') || LOCAL_NAME.test(host)) {
    return `The name "${host}" is not a public one. Name a receiver that the internet can reach.`;
  }
  return null;
}
