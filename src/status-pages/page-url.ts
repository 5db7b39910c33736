// Owns the address of a status page, for its forms and for mails. Pure.
import { DEFAULT_PAGE, type StatusPage } from './model.ts';

/**
 * Without a trailing slash. A page with a host is at its root, and the default page at that of the deployment: `/pages/default`
 * is another way to it.
 */
export function pageUrl({ id, host }: Pick<StatusPage, 'id' | 'host'>, publicUrl: string): string {
  if (host !== null) return `https://${host}`;
  const root = publicUrl.replace(/\/$/, '');
  return id === DEFAULT_PAGE.id ? root : `${root}/pages/${id}`;
}
