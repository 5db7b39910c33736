// Owns which status pages a stranger cannot tell from one that does not exist: those that have no form to show. Pure.
import type { FoundPage } from './find-page.ts';

/** They bring a token of a mail, or of the host of the page, where the page is known anyway. */
const WITH_TOKEN = /^\/(access\/hand-over|subscribe\/confirm|unsubscribe)$/;

/**
 * A page for people who sign in, for a request without a person. The default page always exists, and so does the page of a host.
 * As GitHub answers for a private repository: docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export const isHidden = ({ page, base }: FoundPage, isSignedIn: boolean): boolean =>
  page.access.type === 'sign_in' && base !== '' && page.id !== 'default' && !isSignedIn;

/** Whether the answer needs no access, because a token in the request is the permission. */
export const takesToken = (path: string): boolean => WITH_TOKEN.test(path);
