// Owns the pages of subscribers: the form, what follows it, and the pages that a mailed link opens. Does not act: the routes do.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { maskedAddress } from '../../../services/subscribers/address.ts';
import { type FoundSubscriber, offers } from '../../../services/subscribers/subscriptions.ts';
import { LANGUAGES } from '../../../status-pages/languages/index.ts';
import type { Texts } from '../../../status-pages/languages/texts.ts';
import type { SubscriptionScope } from '../../../status-pages/model.ts';
import type { NamedComponents } from '../../../status-pages/page-components.ts';
import { SUBSCRIBER_KINDS, type SubscriberKind } from '../../../store/subscribers.ts';
import type { HttpEnv } from '../../context.ts';
import { Field, Form } from '../../dashboard/form.tsx';
import { Notice } from '../../dashboard/notice.tsx';
import { IMAGE_ORIGIN } from '../../security-headers.ts';
import { PageLayout } from '../../status-page/page-layout.tsx';
import { pathOf, type Rendering } from '../../status-page/rendering.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../../ui/page.ts';
import type { RequestedPage } from '../page-routes.ts';
import { PlainPage } from '../plain-page.tsx';

export interface SubscriberPage {
  readonly requested: RequestedPage;
  readonly of: Rendering;
}

/**
 * Never cached: it shows what a person typed, or an address. A link of a mail opens pages that need no access: they show
 * nothing of a private page.
 */
export function showSubscriberPage(
  c: Context<HttpEnv>,
  { requested, of }: SubscriberPage,
  title: string,
  content: Child,
  { status = 200, isOpen = false }: { readonly status?: PageStatus; readonly isOpen?: boolean } = {},
) {
  const body = <div class="plain">{content}</div>;
  const { logoUrl } = of.page.config;
  if (logoUrl !== null) c.header(IMAGE_ORIGIN, new URL(logoUrl).origin);
  return page(
    c,
    isOpen && !requested.isPublic ? (
      <PlainPage title={title} language={of.texts.tag}>
        {body}
      </PlainPage>
    ) : (
      <PageLayout of={of} title={title}>
        <h1>{title}</h1>
        {body}
      </PageLayout>
    ),
    status,
    PRIVATE_CACHE,
  );
}

export interface FormState {
  readonly kind?: SubscriberKind;
  readonly typed?: string;
  readonly error?: string;
  readonly scope?: SubscriptionScope;
  readonly scopeError?: string;
}

export const SubscribeForm = ({
  c,
  of,
  requested,
  shown,
  state,
}: SubscriberPage & { c: Context<HttpEnv>; shown: NamedComponents; state: FormState }) => {
  const { page: texts } = of.texts.subscribers;
  const kinds = SUBSCRIBER_KINDS.filter((kind) => offers(of.page, kind));
  return (
    <>
      <p>{texts.intro(of.page.title)}</p>
      {kinds.map((kind) => (
        <Form c={c} action={pathOf(of, '/subscribe')}>
          <input type="hidden" name="kind" value={kind} />
          <Field
            name={`${kind}-address`}
            label={texts[kind]}
            autocomplete={kind === 'email' ? 'email' : 'off'}
            maxlength={1_000}
            hint={
              kind === 'email' ? undefined : kind === 'slack' ? texts.slackAddressHint : texts.webhookHint
            }
            value={state.kind === kind ? (state.typed ?? '') : ''}
            error={state.kind === kind ? state.error : undefined}
            required
          />
          <Choices
            texts={of.texts}
            prefix={kind}
            shown={shown}
            scope={state.kind === kind ? (state.scope ?? 'page') : 'page'}
            error={state.kind === kind ? state.scopeError : undefined}
          />
          <button type="submit" class="primary">
            {texts.submit}
          </button>
        </Form>
      ))}
      {kinds.length === 0 ? <p>{texts.closedText}</p> : null}
      <Feeds of={of} requested={requested} />
    </>
  );
};

/** A page with one component has nothing to choose. */
export const Choices = ({
  texts: { subscribers },
  prefix,
  shown,
  scope,
  error,
}: {
  texts: Texts;
  prefix: string;
  shown: NamedComponents;
  scope: SubscriptionScope;
  error?: string | undefined;
}) => {
  const { page: texts } = subscribers;
  if (shown.size < 2) return <input type="hidden" name="whole" value="yes" />;
  const chosen: ReadonlySet<string> = new Set(scope === 'page' ? [] : scope);
  return (
    <fieldset>
      <legend>{texts.choose}</legend>
      {error ? <p class="error">{error}</p> : null}
      <div class="choice">
        <input type="radio" id={`${prefix}-whole`} name="whole" value="yes" checked={scope === 'page'} />
        <label for={`${prefix}-whole`}>{texts.whole}</label>
      </div>
      <div class="choice">
        <input type="radio" id={`${prefix}-some`} name="whole" value="no" checked={scope !== 'page'} />
        <label for={`${prefix}-some`}>{texts.some}</label>
      </div>
      <details open={scope !== 'page'}>
        <summary>{texts.list}</summary>
        {[...shown.values()].map(({ ref, name }, index) => (
          <div class="choice">
            <input
              type="checkbox"
              id={`${prefix}-${index}`}
              name="component"
              value={ref}
              checked={chosen.has(ref)}
            />
            <label for={`${prefix}-${index}`}>
              <bdi>{name}</bdi>
            </label>
          </div>
        ))}
      </details>
    </fieldset>
  );
};

const Feeds = ({ of, requested: { url, feedKey } }: { of: Rendering; requested: RequestedPage }) => {
  const { page: texts } = of.texts.subscribers;
  const query = feedKey === null ? '' : `?key=${feedKey}`;
  const feeds = [
    [texts.rss, '/feed.rss'],
    [texts.atom, '/feed.atom'],
    [texts.json, '/feed.json'],
    [texts.calendar, '/maintenance.ics'],
  ] as const;
  return (
    <section>
      <h2>{texts.byFeed}</h2>
      <p>{texts.feedsIntro}</p>
      <ul>
        {feeds.map(([name, path]) => (
          <li>
            <a href={`${pathOf(of, path)}${query}`}>{name}</a>
          </li>
        ))}
      </ul>
      <p>
        {texts.slackHint} <code>{`/feed subscribe ${url}/feed.rss${query}`}</code>
      </p>
    </section>
  );
};

interface Subscribed extends SubscriberPage {
  readonly c: Context<HttpEnv>;
  readonly found: FoundSubscriber;
  readonly token: string;
}

const mask = ({ row, address }: FoundSubscriber): string => maskedAddress(row.kind, address);

export const ConfirmForm = ({ c, of, found, token }: Subscribed) => {
  const { page: texts } = of.texts.subscribers;
  return (
    <>
      <p>{texts.confirmText(mask(found), of.page.title)}</p>
      <TokenForm c={c} of={of} path="/subscribe/confirm" token={token} button={texts.confirmButton} />
    </>
  );
};

export const UnsubscribeForm = ({ c, of, found, token }: Subscribed) => {
  const { page: texts } = of.texts.subscribers;
  return (
    <>
      <p>{texts.unsubscribeText(mask(found), of.page.title)}</p>
      <TokenForm c={c} of={of} path="/unsubscribe" token={token} button={texts.unsubscribeButton} />
    </>
  );
};

export const ManageForm = ({
  c,
  of,
  found,
  token,
  shown,
  saved,
  error,
}: Subscribed & { shown: NamedComponents; saved: boolean; error?: string }) => {
  const { page: texts } = of.texts.subscribers;
  const { row } = found;
  return (
    <>
      {saved ? <Notice tone="good" title={texts.saved} /> : null}
      {row.state === 'disabled' ? <Notice tone="bad" title={texts.disabledText} /> : null}
      <p>{texts.manageText(mask(found), of.page.title)}</p>
      <Form c={c} action={`${pathOf(of, '/subscribe/manage')}?token=${token}`}>
        <Choices texts={of.texts} prefix="manage" shown={shown} scope={row.scope} error={error} />
        <div class="field">
          <label for="language">{texts.language}</label>
          <select id="language" name="language">
            {LANGUAGES.map(({ tag, locale }) => (
              <option value={tag} selected={tag === row.language}>
                {new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="primary">
          {texts.save}
        </button>
      </Form>
      <p>
        <a href={`${pathOf(of, '/unsubscribe')}?token=${token}`}>{texts.unsubscribeButton}</a>
      </p>
    </>
  );
};

/** The token is in the address: RFC 8058 needs that, and a log has no query. */
const TokenForm = ({
  c,
  of,
  path,
  token,
  button,
}: {
  c: Context<HttpEnv>;
  of: Rendering;
  path: string;
  token: string;
  button: string;
}) => (
  <Form c={c} action={`${pathOf(of, path)}?token=${token}`}>
    <button type="submit" class="primary">
      {button}
    </button>
  </Form>
);
