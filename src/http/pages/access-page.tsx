// Owns the pages that ask a reader for a password or an e-mail address, and the one that a mailed link opens. They show nothing
// of the status page. Does not verify anything.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { Field, Form } from '../dashboard/form.tsx';
import { Notice } from '../dashboard/notice.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../ui/page.ts';
import type { FoundPage } from './find-page.ts';
import { PlainPage } from './plain-page.tsx';

interface Asked {
  /** Where to go afterwards. */
  readonly returnPath: string;
  readonly error?: string;
}

const TITLE = 'This status page is private';

/** 403 for people, because a browser asks for nothing then: the form does. */
export const showAccessPage = (
  c: Context<HttpEnv>,
  { page: { access }, base }: FoundPage,
  { returnPath, error }: Asked,
  status: PageStatus = 403,
) =>
  page(
    c,
    <PlainPage title={TITLE}>
      {error === undefined ? null : <Notice tone="bad" title={error} />}
      <div class="plain">
        <Form c={c} action={`${base}/access`}>
          <input type="hidden" name="return" value={returnPath} />
          {access.type === 'password' ? (
            <Field
              name="password"
              label="Password of the page"
              type="password"
              autocomplete="current-password"
              required
            />
          ) : (
            <Field
              name="address"
              label="Your work e-mail address"
              autocomplete="email"
              maxlength={254}
              hint="You get a mail with a link that opens the page."
              required
            />
          )}
          <button type="submit" class="primary">
            {access.type === 'password' ? 'Open the page' : 'Send the link'}
          </button>
        </Form>
      </div>
    </PlainPage>,
    status,
    PRIVATE_CACHE,
  );

/** The same whoever owns the address, and whether or not a mail is sent. */
export const showMailSent = (c: Context<HttpEnv>) =>
  page(
    c,
    <PlainPage title="Check your mail">
      <div class="plain">
        <p>
          If the address may read this status page, a mail with a link is on its way. The link works for 30
          minutes, once.
        </p>
      </div>
    </PlainPage>,
    200,
    PRIVATE_CACHE,
  );

/** Mail programs open links by themselves, so only the button acts. */
export const showLinkPage = (c: Context<HttpEnv>, { base }: FoundPage, token: string) =>
  page(
    c,
    <PlainPage title="Open the status page">
      <div class="plain">
        <Form c={c} action={`${base}/access/mail`}>
          <input type="hidden" name="token" value={token} />
          <button type="submit" class="primary">
            Open the page
          </button>
        </Form>
      </div>
    </PlainPage>,
    200,
    PRIVATE_CACHE,
  );

/** Unknown, expired, used, or of another page: all look alike. */
export const showDeadLink = (c: Context<HttpEnv>, { base }: FoundPage) =>
  page(
    c,
    <PlainPage title="This link does not work">
      <div class="plain">
        <p>A link works for 30 minutes, once, and until the access to the page changes.</p>
        <a class="button" href={`${base}/access`}>
          Ask for a new link
        </a>
      </div>
    </PlainPage>,
    410,
    PRIVATE_CACHE,
  );

export const showFailedHandOver = (c: Context<HttpEnv>) =>
  page(
    c,
    <PlainPage title="The sign-in did not arrive">
      <div class="plain">
        <p>It took longer than a minute, or the browser keeps no cookies of this site.</p>
        <a class="button" href="/">
          Open the page again
        </a>
      </div>
    </PlainPage>,
    403,
    PRIVATE_CACHE,
  );
