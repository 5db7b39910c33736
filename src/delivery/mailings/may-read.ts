// Owns whether a subscriber may read a page: for a page that some domains may read, the address proves it, and for one with a
// password or a sign-in, the form, which only readers reach. Pure.
import type { StatusPage } from '../../status-pages/model.ts';
import type { SubscriberKind } from '../../store/subscribers.ts';

export function mayRead(
  { access }: Pick<StatusPage, 'access'>,
  kind: SubscriberKind,
  address: string,
): boolean {
  if (access.type !== 'email') return true;
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return kind === 'email' && access.domains.some((one) => one.toLowerCase() === domain);
}

/**
 * Whether the sign-up counts. A change of the access ends that of all readers, so also of those who signed up before it: on a
 * page that was public, anyone could. `accessVersion` is the time of the newest change.
 */
export const isSignUpValid = (
  { access, accessVersion }: Pick<StatusPage, 'access' | 'accessVersion'>,
  signedUpAt: number,
): boolean => access.type === 'public' || access.type === 'email' || signedUpAt >= accessVersion;
