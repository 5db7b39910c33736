// Owns the previews: the real status page for a form that is not saved, and the words of people as readers will see them. Shows
// a person nothing that saving the form would not show them. Writes nothing.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { err, ok, type Result } from '../../../result.ts';
import type { PageDefinition } from '../../../services/status-pages/page-record.ts';
import { checkPage } from '../../../services/status-pages/page-rules.ts';
import { findPage } from '../../../services/status-pages/status-pages.ts';
import type { StatusPage as Page, PageAccess } from '../../../status-pages/model.ts';
import { listPageTargets } from '../../../store/status-page-targets.ts';
import { type StatusPageRow, toStatusPage } from '../../../store/status-pages.ts';
import { pageInputSchema } from '../../api/status-pages/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { pageStylePath } from '../../status-page/accent.ts';
import { loadPage } from '../../status-page/load-page.ts';
import { Prose } from '../../status-page/prose.tsx';
import { renderingOf } from '../../status-page/rendering.tsx';
import { showPage } from '../../status-page/show-page.ts';
import { StatusPage } from '../../status-page/status-page.tsx';
import { type PageStatus, PRIVATE_CACHE, page } from '../../ui/page.ts';
import { readPosted } from '../call-api.ts';
import type { FormErrors } from '../form.tsx';
import { readInput } from '../schema-form/form-input.ts';
import { readBody } from './entry-form.tsx';
import { formOf } from './page-routes.tsx';
import { PREVIEW_PAGE, PREVIEW_WORDS } from './preview-frame.tsx';

export function addPreviews(app: OpenAPIHono<HttpEnv>): void {
  app.get(PREVIEW_PAGE, async (c) => {
    const id = c.req.query('page');
    const row = id === undefined ? null : await findPage(c.var.config.db, id, c.var.caller);
    if (row === null) return showHint(c, ['Fill in the form, then choose Preview.'], 200);
    return c.var.caller.restriction === null
      ? showPreview(c, toStatusPage(row))
      : showHint(c, ['Choose Preview.'], 200);
  });

  app.post(PREVIEW_PAGE, async (c) => {
    const posted = await readPosted(c);
    const id = posted['~page']?.at(-1);
    const row = id === undefined ? null : await findPage(c.var.config.db, id, c.var.caller);
    const { all } = await formOf(c, row);
    const read = readBody(pageInputSchema, readInput(all, posted));
    if (!read.ok) return showErrors(c, read.error);
    const planned = await previewedPage(c, read.value, row);
    return planned.ok ? showPreview(c, planned.value) : showErrors(c, planned.error);
  });

  app.get(PREVIEW_WORDS, (c) => showHint(c, ['Write a text, then choose Preview.'], 200));

  app.post(PREVIEW_WORDS, async (c) => {
    const posted = await readPosted(c);
    const text = posted.body?.at(-1)?.trim() ?? '';
    if (text === '') return showHint(c, ['Write a text, then choose Preview.'], 200);
    return showDocument(c, <Prose markdown={text.slice(0, MAX_TEXT)} below={1} />, 200);
  });
}

/** More than the API takes of any text. */
const MAX_TEXT = 20_000;

/** The page as it would be stored, by the rules of saving. A password is not needed to see what the page shows. */
async function previewedPage(
  c: Context<HttpEnv>,
  definition: PageDefinition,
  row: StatusPageRow | null,
): Promise<Result<Page, FormErrors>> {
  const { config, caller } = c.var;
  const access: PageAccess = definition.access.type === 'password' ? { type: 'password' } : definition.access;
  const withoutPassword = access.type === 'password' ? { type: 'sign_in' as const, providers: null } : access;
  const targets = await listPageTargets(config.db);
  const id = row?.id ?? definition.id ?? 'preview';
  const rules = { caller, config, targets, rows: [] };
  const checked = checkPage(rules, id, { ...definition, access: withoutPassword as never }, row);
  if (!checked.ok) return err({ [checked.error.path?.join('.') ?? 'form']: checked.error.message });
  const { id: _, title, host, access: _access, tags: _tags, ...rest } = definition;
  // What others put on the page is not for a restricted person to see, unless every reader sees it.
  const components =
    caller.restriction !== null && access.type !== 'public' ? definition.components : checked.value;
  return ok({ ...{ id, title, host, access, accessVersion: 0 }, config: { ...rest, components } });
}

async function showPreview(c: Context<HttpEnv>, shown: Page) {
  const { config, now, comparedClock } = c.var;
  const base = shown.id === 'default' || shown.host !== null ? '' : `/pages/${shown.id}`;
  const view = await loadPage(config, { page: shown, base }, now, comparedClock);
  const of = renderingOf(view, { acceptLanguage: c.req.header('accept-language'), noRefresh: true });
  const html = await (<StatusPage view={view} of={of} publicUrl={config.publicUrl} />);
  const response = await showPage(c, of, inert(String(html)));
  response.headers.set('cache-control', PRIVATE_CACHE);
  return response;
}

/** Links open in a new window, which the sandbox of the frame does not allow: so they look like links, and lead nowhere. */
const inert = (html: string) => raw(html.replace('<head>', '<head><base target="_blank"/>'));

const showErrors = (c: Context<HttpEnv>, errors: FormErrors) =>
  showHint(
    c,
    Object.entries(errors).map(([path, message]) => (path === 'form' ? message! : `${path}: ${message}`)),
    422,
  );

const showHint = (c: Context<HttpEnv>, lines: readonly string[], status: PageStatus) =>
  showDocument(
    c,
    <>
      {status === 200 ? null : <p>No preview until this is corrected:</p>}
      {lines.map((line) => (
        <p>{line}</p>
      ))}
    </>,
    status,
  );

const showDocument = (c: Context<HttpEnv>, content: Child, status: PageStatus) =>
  page(
    c,
    <>
      {raw('<!doctype html>')}
      <html lang="en">
        <head>
          <base target="_blank" />
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>Preview</title>
          <link rel="stylesheet" href={pageStylePath(null)} />
        </head>
        <body>
          <div class="page">
            <main>{content}</main>
          </div>
        </body>
      </html>
    </>,
    status,
    PRIVATE_CACHE,
  );
