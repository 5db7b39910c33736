// Owns the addresses of what a subscriber may do, which mailings contain. Pure.
import { copyUrl } from '../../status-pages/copy/copy-address.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { pageUrl } from '../../status-pages/page-url.ts';
import { confirmToken, manageToken, type SubscriberKey } from '../../status-pages/subscription-link.ts';
import type { SubscriberLinks } from './message.ts';

/** `signedUpAt`: when the sign-up was made that a confirmation answers. */
export async function subscriberLinks(
  key: SubscriberKey,
  page: StatusPage,
  { publicUrl, pageCopyUrl }: { readonly publicUrl: string; readonly pageCopyUrl: string | null },
  { id, signedUpAt }: { readonly id: string; readonly signedUpAt: number },
): Promise<SubscriberLinks & { readonly challenge: string }> {
  const [confirm, manage] = await Promise.all([confirmToken(key, id, signedUpAt), manageToken(key, id)]);
  const url = pageUrl(page, publicUrl);
  return {
    page: url,
    confirm: `${url}/subscribe/confirm?token=${confirm}`,
    manage: `${url}/subscribe/manage?token=${manage}`,
    unsubscribe: `${url}/unsubscribe?token=${manage}`,
    copy: (languageTag) => copyUrl(pageCopyUrl, page, languageTag),
    challenge: confirm,
  };
}
