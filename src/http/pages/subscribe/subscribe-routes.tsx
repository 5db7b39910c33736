// Owns the routes of subscribers. Reading a page changes nothing, so the preview of a link confirms and ends nothing: only a
// form does, and the one-click request of RFC 8058, which needs no cookie.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  changeSubscription,
  confirm,
  type FoundSubscriber,
  findByToken,
  readScope,
  type SignUpProblem,
  subscribe,
  type TokenProblem,
  unsubscribe,
} from '../../../services/subscribers/subscriptions.ts';
import { textsFor } from '../../../status-pages/languages/index.ts';
import { namedComponents } from '../../../status-pages/page-components.ts';
import { listNamedMonitors } from '../../../store/page-rows.ts';
import { SUBSCRIBER_KINDS, type SubscriberKind } from '../../../store/subscribers.ts';
import { isThrottled } from '../../access/failed-tokens.ts';
import type { HttpEnv } from '../../context.ts';
import { parseForm } from '../../form-body.ts';
import { pathOf, renderingOf } from '../../status-page/rendering.tsx';
import { addPageRoute, type RequestedPage } from '../page-routes.ts';
import { isSignUpLimited, signUpNetwork } from './sign-up-client.ts';
import {
  ConfirmForm,
  ManageForm,
  SubscribeForm,
  type SubscriberPage,
  showSubscriberPage,
  UnsubscribeForm,
} from './subscribe-page.tsx';

export function addSubscriberPages(app: OpenAPIHono<HttpEnv>): void {
  addPageRoute(app, 'get', '/subscribe', (c, requested) => showForm(c, contextOf(c, requested)));
  addPageRoute(app, 'post', '/subscribe', signUp);

  addPageRoute(app, 'get', '/subscribe/confirm', (c, requested) =>
    withToken(c, requested, 'confirm', (found, shown, token) =>
      found.row.state === 'active'
        ? showConfirmed(c, shown)
        : showSubscriberPage(
            c,
            shown,
            shown.of.texts.subscribers.page.confirmTitle,
            <ConfirmForm c={c} {...shown} found={found} token={token} />,
            { isOpen: true },
          ),
    ),
  );
  addPageRoute(app, 'post', '/subscribe/confirm', (c, requested) =>
    withToken(c, requested, 'confirm', async (found, shown) => {
      await confirm(c.var.config, found, c.var.now);
      return showConfirmed(c, shown);
    }),
  );

  addPageRoute(app, 'get', '/subscribe/manage', (c, requested) =>
    withToken(c, requested, 'manage', (found, shown, token) =>
      showManage(c, shown, found, token, { saved: c.req.query('saved') !== undefined }),
    ),
  );
  addPageRoute(app, 'post', '/subscribe/manage', (c, requested) =>
    withToken(c, requested, 'manage', async (found, shown, token) => {
      const form = await readChoices(c);
      const scope = readScope(form.whole, form.components, await componentsOf(c, shown));
      const { errors } = shown.of.texts.subscribers;
      if (scope === null) return showManage(c, shown, found, token, { saved: false, error: errors.scope });
      const language = textsFor(form.language, null).tag;
      await changeSubscription(c.var.config, found, { scope, language }, c.var.now);
      return c.redirect(`${pathOf(shown.of, '/subscribe/manage')}?token=${token}&saved`, 303);
    }),
  );

  addPageRoute(app, 'get', '/unsubscribe', (c, requested) =>
    withToken(c, requested, 'manage', (found, shown, token) =>
      showSubscriberPage(
        c,
        shown,
        shown.of.texts.subscribers.page.unsubscribeTitle,
        <UnsubscribeForm c={c} {...shown} found={found} token={token} />,
        { isOpen: true },
      ),
    ),
  );
  addPageRoute(app, 'post', '/unsubscribe', (c, requested) =>
    withToken(c, requested, 'manage', async (found, shown) => {
      await unsubscribe(c.var.config, found);
      const { page } = shown.of.texts.subscribers;
      return showSubscriberPage(c, shown, page.unsubscribedTitle, <p>{page.unsubscribedText}</p>, {
        isOpen: true,
      });
    }),
  );
}

const contextOf = (c: Context<HttpEnv>, requested: RequestedPage): SubscriberPage => ({
  requested,
  of: renderingOf(
    { page: requested.page, base: requested.base, now: c.var.now, locationNames: {} },
    {
      ...{ acceptLanguage: c.req.header('accept-language'), noRefresh: true },
      ...{ feedKey: requested.feedKey, pageCopyUrl: c.var.config.pageCopyUrl },
    },
  ),
});

const componentsOf = async (c: Context<HttpEnv>, { of }: SubscriberPage) =>
  namedComponents(of.page, await listNamedMonitors(c.var.config.db));

async function showForm(
  c: Context<HttpEnv>,
  shown: SubscriberPage,
  state: Parameters<typeof SubscribeForm>[0]['state'] = {},
) {
  const components = await componentsOf(c, shown);
  const isRefused = state.error !== undefined || state.scopeError !== undefined;
  return showSubscriberPage(
    c,
    shown,
    shown.of.texts.subscribers.page.subscribe,
    <SubscribeForm c={c} {...shown} shown={components} state={state} />,
    { status: isRefused ? 422 : 200 },
  );
}

async function signUp(c: Context<HttpEnv>, requested: RequestedPage) {
  const shown = contextOf(c, requested);
  const { page: texts, errors } = shown.of.texts.subscribers;
  const form = await readChoices(c);
  const kind = SUBSCRIBER_KINDS.find((one) => one === form.kind) ?? 'email';
  const limited = () =>
    showSubscriberPage(c, shown, texts.limitedTitle, <p>{texts.limitedText}</p>, { status: 429 });
  if (await isSignUpLimited(c)) return limited();
  const typed = form.text(`${kind}-address`);
  const scope = readScope(form.whole, form.components, await componentsOf(c, shown));
  if (scope === null) return showForm(c, shown, { kind, typed, scope: [], scopeError: errors.scope });
  const language = shown.of.texts.tag;
  const signedUp = await subscribe(
    c.var.config,
    requested.page,
    { kind, address: typed, scope, language },
    signUpNetwork(c),
    c.var.now,
  );
  if (signedUp.ok) return showSubscriberPage(c, shown, texts.sentTitle, <p>{texts.sent[kind]}</p>);
  const problem: SignUpProblem = signedUp.error;
  if (problem === 'limited') return limited();
  if (problem === 'closed')
    return showSubscriberPage(c, shown, texts.closedTitle, <p>{texts.closedText}</p>, { status: 404 });
  return showForm(c, shown, { kind, typed, scope, error: errors[problem] });
}

const showConfirmed = (c: Context<HttpEnv>, shown: SubscriberPage) => {
  const { page } = shown.of.texts.subscribers;
  const text = page.confirmedText(shown.of.page.title);
  return showSubscriberPage(c, shown, page.confirmedTitle, <p>{text}</p>, { isOpen: true });
};

const showManage = async (
  c: Context<HttpEnv>,
  shown: SubscriberPage,
  found: FoundSubscriber,
  token: string,
  { saved, error }: { readonly saved: boolean; readonly error?: string },
) =>
  showSubscriberPage(
    c,
    shown,
    shown.of.texts.subscribers.page.manageTitle,
    <ManageForm
      c={c}
      {...shown}
      found={found}
      token={token}
      shown={await componentsOf(c, shown)}
      saved={saved}
      {...(error === undefined ? {} : { error })}
    />,
    { status: error === undefined ? 200 : 422 },
  );

/** In the language of the subscriber. */
async function withToken(
  c: Context<HttpEnv>,
  requested: RequestedPage,
  purpose: 'confirm' | 'manage',
  act: (found: FoundSubscriber, shown: SubscriberPage, token: string) => Response | Promise<Response>,
): Promise<Response> {
  c.header('x-robots-tag', 'noindex');
  const token = c.req.query('token') ?? '';
  const found = await findByToken(c.var.config, requested.page, purpose, token, c.var.now);
  const shown = contextOf(c, requested);
  if (!found.ok) return showProblem(c, shown, found.error);
  const { language } = found.value.row;
  const config = { ...requested.page.config, language };
  const own = contextOf(c, { ...requested, page: { ...requested.page, config } });
  return act(found.value, own, token);
}

async function showProblem(c: Context<HttpEnv>, shown: SubscriberPage, problem: TokenProblem) {
  const { page } = shown.of.texts.subscribers;
  // Guesses are throttled, though none would work.
  if (problem === 'unknown' && (await isThrottled(c)))
    return showSubscriberPage(c, shown, page.limitedTitle, <p>{page.limitedText}</p>, {
      ...{ status: 429, isOpen: true },
    });
  const isExpired = problem === 'expired';
  return showSubscriberPage(
    c,
    shown,
    isExpired ? page.expiredTitle : page.unknownTitle,
    <>
      <p>{isExpired ? page.expiredText : page.unknownText}</p>
      <a class="button" href={pathOf(shown.of, '/')}>
        {page.back}
      </a>
    </>,
    { status: isExpired ? 410 : 404, isOpen: true },
  );
}

interface Choices {
  readonly kind: SubscriberKind | string;
  readonly whole: boolean;
  readonly components: readonly string[];
  readonly language: string;
  text(name: string): string;
}

async function readChoices(c: Context<HttpEnv>): Promise<Choices> {
  const body = await parseForm(c, { all: true });
  const listOf = (name: string): string[] =>
    [body[name] ?? []].flat().filter((one): one is string => typeof one === 'string');
  const text = (name: string): string => listOf(name).at(-1) ?? '';
  return {
    ...{ kind: text('kind'), whole: text('whole') !== 'no', language: text('language'), text },
    components: listOf('component'),
  };
}
