// Owns the rule for which addresses a notification may be sent to. Pure.
// Applied when a channel is written and before every attempt, because a stored channel may predate the rule.
import { forbiddenReason } from '../../probes/checks/shared/address-guard.ts';

/** Names that resolve to the machine itself or inside a private network: RFC 6761, 6762, 8375, 9476, and common use. */
const LOCAL_NAME =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|onion|alt)$/;

/**
 * Why notifications cannot be sent to `url`, and the fix. Null if they can. `allowLoopback`, which only `npm start`
 * sets, allows loopback receivers, also over plain http.
 */
export function validateReceiverUrl(
  url: string,
  { allowLoopback }: { readonly allowLoopback: boolean },
): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return 'Invalid URL. Use https://host/path.';
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    return `${parsed.protocol}// is not supported. Use https://.`;
  if (parsed.username !== '' || parsed.password !== '')
    return 'The URL must not contain a user name or password. Remove them.';

  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const literal = host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
  const loopback = literal ? isLoopback(host) : host === 'localhost' || host.endsWith('.localhost');
  if (loopback && allowLoopback) return null;
  const forbidden = literal ? forbiddenReason(host, { loopback: allowLoopback }) : localName(host);
  if (forbidden !== null) return forbidden;
  if (parsed.protocol === 'https:') return null;
  return allowLoopback
    ? 'http:// is allowed for receivers on this machine only. Use https://.'
    : 'http:// is not encrypted. Use https://.';
}

const isLoopback = (address: string): boolean =>
  forbiddenReason(address, { loopback: true }) === null &&
  forbiddenReason(address, { loopback: false }) !== null;

function localName(host: string): string | null {
  if (host.split('.').includes(''))
    return `"${host}" has an empty part between two dots. Correct the host name.`;
  if (!host.includes('.') || LOCAL_NAME.test(host)) {
    return `"${host}" is not a public host name. Use a receiver that is reachable from the internet.`;
  }
  return null;
}
