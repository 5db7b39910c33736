// Owns the pages that ask a reader for a password or an e-mail address, and the one that a mailed link opens. They show nothing
// of the status page. Does not verify anything.
import type { Context } from 'hono';
import { textsFor } from '../../status-pages/languages/index.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import type { HttpEnv } from '../context.ts';
import { Field, Form } from '../dashboard/form.tsx';
import { Notice } from '../dashboard/notice.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../ui/page.ts';
import type { FoundPage } from './find-page.ts';
import { PlainPage } from './plain-page.tsx';

interface Asked {
  /** Where to go afterwards. */
  readonly returnPath: string;
  readonly error?: 'wrongPassword' | 'tooMany';
}

/** In the language of the page, which is no secret: it is that of the reader, unless the page sets one. */
export const accessTexts = (c: Context<HttpEnv>, { page: { config } }: Pick<FoundPage, 'page'>): Texts =>
  textsFor(config.language, c.req.header('accept-language'));

/** 403 for people, because a browser asks for nothing then: the form does. */
export const showAccessPage = (
  c: Context<HttpEnv>,
  found: FoundPage,
  { returnPath, error }: Asked,
  status: PageStatus = 403,
) => {
  const { base } = found;
  const { access: texts, tag } = accessTexts(c, found);
  const isPassword = found.page.access.type === 'password';
  return page(
    c,
    <PlainPage title={texts.title} language={tag}>
      {error === undefined ? null : <Notice tone="bad" title={texts[error]} />}
      <div class="plain">
        <Form c={c} action={`${base}/access`}>
          <input type="hidden" name="return" value={returnPath} />
          {isPassword ? (
            <Field
              name="password"
              label={texts.password}
              type="password"
              autocomplete="current-password"
              required
            />
          ) : (
            <Field
              name="address"
              label={texts.address}
              autocomplete="email"
              maxlength={254}
              hint={texts.addressHint}
              required
            />
          )}
          <button type="submit" class="primary">
            {isPassword ? texts.open : texts.sendLink}
          </button>
        </Form>
      </div>
    </PlainPage>,
    status,
    PRIVATE_CACHE,
  );
};

/** The same for every address, and whether or not a mail is sent. */
export const showMailSent = (c: Context<HttpEnv>, found: FoundPage) => {
  const { access: texts, tag } = accessTexts(c, found);
  return page(
    c,
    <PlainPage title={texts.sentTitle} language={tag}>
      <div class="plain">
        <p>{texts.sentText}</p>
      </div>
    </PlainPage>,
    200,
    PRIVATE_CACHE,
  );
};

/** Mail programs open links by themselves, so only the button acts. */
export const showLinkPage = (c: Context<HttpEnv>, found: FoundPage, token: string) => {
  const { access: texts, tag } = accessTexts(c, found);
  return page(
    c,
    <PlainPage title={texts.linkTitle} language={tag}>
      <div class="plain">
        <Form c={c} action={`${found.base}/access/mail`}>
          <input type="hidden" name="token" value={token} />
          <button type="submit" class="primary">
            {texts.open}
          </button>
        </Form>
      </div>
    </PlainPage>,
    200,
    PRIVATE_CACHE,
  );
};

/** Unknown, expired, used, or of another page: all look alike. */
export const showDeadLink = (c: Context<HttpEnv>, found: FoundPage) => {
  const { access: texts, tag } = accessTexts(c, found);
  return page(
    c,
    <PlainPage title={texts.deadLinkTitle} language={tag}>
      <div class="plain">
        <p>{texts.deadLinkText}</p>
        <a class="button" href={`${found.base}/access`}>
          {texts.newLink}
        </a>
      </div>
    </PlainPage>,
    410,
    PRIVATE_CACHE,
  );
};

export const showFailedHandOver = (c: Context<HttpEnv>, found: FoundPage) => {
  const { access: texts, tag } = accessTexts(c, found);
  return page(
    c,
    <PlainPage title={texts.handOverTitle} language={tag}>
      <div class="plain">
        <p>{texts.handOverText}</p>
        <a class="button" href="/">
          {texts.again}
        </a>
      </div>
    </PlainPage>,
    403,
    PRIVATE_CACHE,
  );
};

/** A person who signed in elsewhere. */
export const showOtherProvider = (c: Context<HttpEnv>, found: FoundPage) => {
  const { access: texts, tag } = accessTexts(c, found);
  return page(
    c,
    <PlainPage title={texts.refusedTitle} language={tag}>
      <div class="plain">
        <p>{texts.otherProvider}</p>
      </div>
    </PlainPage>,
    403,
    PRIVATE_CACHE,
  );
};
