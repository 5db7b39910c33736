// Forms that readers of a status page fill in, with a hostile text in every value: the form for subscribers, and the pages about
// access. Rendered by the parts that readers get, on the way of a request.
import { Hono } from 'hono';
import type { HttpEnv } from '../../src/http/context.ts';
import { showAccessPage, showDeadLink, showLinkPage } from '../../src/http/pages/access-page.tsx';
import { SubscribeForm, showSubscriberPage } from '../../src/http/pages/subscribe/subscribe-page.tsx';
import { renderingOf } from '../../src/http/status-page/rendering.tsx';
import type { PageAccess, StatusPage } from '../../src/status-pages/model.ts';
import { NOW, statusPage } from './page-view.ts';

const PASSWORD: PageAccess = { type: 'password' };

/** `https:` addresses, as the API stores them, with the text as their path. */
const addressOf = (text: string): string => `https://logo.test/${text}`;

const pageWith = (text: string, access: PageAccess): StatusPage =>
  statusPage(
    {
      ...{ description: text, logoUrl: addressOf(text), mailChannel: 'mail', subscriptions: true },
      links: [{ text, url: addressOf(text) }],
    },
    { id: 'hostile', title: text, access },
  );

export async function hostileForms(text: string): Promise<Readonly<Record<string, string>>> {
  const app = new Hono<HttpEnv>();
  app.use(async (c, next) => {
    c.set('authenticated', null);
    await next();
  });
  const found = (access: PageAccess) => ({
    ...{
      page: pageWith(text, access),
      base: '/pages/hostile',
      url: 'https://status.test/pages/hostile',
      row: null,
    },
  });
  const email: PageAccess = { type: 'email', domains: ['shop.test'], channel: 'mail' };
  app.get('/subscribe', (c) => {
    const requested = { ...found({ type: 'public' }), isPublic: true, feedKey: text };
    const of = renderingOf(
      { page: requested.page, base: requested.base, now: NOW, locationNames: {} },
      { acceptLanguage: 'en', noRefresh: true, feedKey: text },
    );
    const shown = new Map(
      ['monitor:a', 'monitor:b'].map((ref) => [ref, { ref, name: text }] as const),
    ) as unknown as Parameters<typeof SubscribeForm>[0]['shown'];
    const state = {
      kind: 'email',
      typed: text,
      error: text,
      scope: [`monitor:${text}`],
      scopeError: text,
    } as const;
    const form = SubscribeForm({ c, of, requested, shown, state });
    return showSubscriberPage(c, { of, requested }, text, form, { status: 422 });
  });
  const wrong = { returnPath: text, error: 'wrongPassword' } as const;
  app.get('/password', (c) => showAccessPage(c, found(PASSWORD), wrong));
  app.get('/email', (c) => showAccessPage(c, found(email), wrong));
  app.get('/link', (c) => showLinkPage(c, found(email), text));
  app.get('/dead', (c) => showDeadLink(c, found(email)));
  const paths = ['/subscribe', '/password', '/email', '/link', '/dead'];
  const texts = await Promise.all(paths.map(async (path) => (await app.request(path)).text()));
  return Object.fromEntries(paths.map((path, index) => [path.slice(1), texts[index]!]));
}
