// Owns whether a subscriber may read a page: for a page that some domains may read, the address proves it. Pure.
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
