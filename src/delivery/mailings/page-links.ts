// Owns the addresses that mailings contain: of the page, and of what a subscriber may do. Pure.
import type { StatusPage } from '../../status-pages/model.ts';
import { DEFAULT_PAGE } from '../../status-pages/model.ts';
import { confirmToken, manageToken, type SubscriberKey } from '../../status-pages/subscription-link.ts';
import type { SubscriberLinks } from './message.ts';

/** Without a trailing slash. */
export function pageUrl({ id, host }: Pick<StatusPage, 'id' | 'host'>, publicUrl: string): string {
  if (host !== null) return `https://${host}`;
  return id === DEFAULT_PAGE.id ? publicUrl : `${publicUrl}/pages/${id}`;
}

/** `signedUpAt`: when the sign-up was made that a confirmation answers. */
export async function subscriberLinks(
  key: SubscriberKey,
  page: StatusPage,
  publicUrl: string,
  { id, signedUpAt }: { readonly id: string; readonly signedUpAt: number },
): Promise<SubscriberLinks & { readonly challenge: string }> {
  const [confirm, manage] = await Promise.all([confirmToken(key, id, signedUpAt), manageToken(key, id)]);
  const url = pageUrl(page, publicUrl);
  return {
    page: url,
    confirm: `${url}/subscribe/confirm?token=${confirm}`,
    manage: `${url}/subscribe/manage?token=${manage}`,
    unsubscribe: `${url}/unsubscribe?token=${manage}`,
    challenge: confirm,
  };
}
