// Owns the pages of the configuration as YAML: the whole document, what a change would do, and applying it.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { writeYaml } from '../../../configuration/write-yaml.ts';
import { readConfiguration } from '../../../services/config/read-config.ts';
import { countMonitors } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import { contentHash } from '../../ui/content-hash.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { readForm } from '../form.tsx';
import { ConfigurationPage, type Draft, PreviewPage } from './configuration-page.tsx';
import { diffOf, type LineMistake, type ReadDocument, readDocument } from './document.ts';

const PATH = '/dashboard/configuration';
/** With more monitors, the document is a file to download, and not a text to edit on a page. */
const MAX_EDITED = 300;
const ABOVE = [{ path: PATH, label: 'Configuration' }];

export function addConfigurationPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const count = await countMonitors(c.var.config.db);
    if (count > MAX_EDITED) return show(c, { text: null, count });
    return show(c, { text: writeYaml(await readConfiguration(c.var.config)), count });
  });

  app.get(`${PATH}/probemesh.yaml`, async (c) =>
    c.body(writeYaml(await readConfiguration(c.var.config)), 200, {
      'content-type': 'application/yaml; charset=utf-8',
      'content-disposition': 'attachment; filename="probemesh.yaml"',
    }),
  );

  app.post(`${PATH}/preview`, async (c) => {
    const draft = await readDraft(c);
    const read = readDocument(draft.text);
    if (!read.ok) return refused(c, draft, [read.error]);
    return preview(c, draft, read.value);
  });

  app.post(PATH, async (c) => {
    const draft = await readDraft(c);
    const read = readDocument(draft.text);
    if (!read.ok) return refused(c, draft, [read.error]);
    // The plan that the person saw was made for another configuration.
    const stored = await readConfiguration(c.var.config);
    if (hashOf(stored) !== draft.base)
      return preview(
        c,
        draft,
        read.value,
        'Another person changed the configuration meanwhile. This is the plan for the new one.',
      );
    const applied = await put(c, draft, read.value, false);
    if (!applied.ok) return preview(c, draft, read.value, applied.detail);
    const { created, updated, deleted, unnotified = [] } = applied.body;
    const changes = `${created} created, ${updated} updated, ${deleted} deleted.`;
    const warning =
      unnotified.length === 0
        ? ''
        : ` No channel is notified of outages of: ${unnotified.slice(0, 5).join(', ')}.`;
    return redirectWith(c, PATH, {
      text: `The configuration is applied: ${changes}${warning}`,
      tone: warning === '' ? 'good' : 'warn',
    });
  });
}

const hashOf = (stored: unknown): string => contentHash(JSON.stringify(stored));

async function readDraft(c: Context<HttpEnv>): Promise<Draft> {
  const { text = '', allowDelete, detach, base = '' } = await readForm(c);
  // Forms have CRLF.
  return {
    text: text.replaceAll('\r\n', '\n'),
    allowDelete: allowDelete === 'yes',
    detach: detach === 'yes',
    base,
  };
}

const put = (
  c: Context<HttpEnv>,
  { allowDelete, detach }: Draft,
  { value }: ReadDocument,
  dryRun: boolean,
): Promise<ApiResponse> =>
  callApi(
    c,
    'PUT',
    `/api/v1/configuration?${new URLSearchParams({ dryRun: String(dryRun), allowDelete: String(allowDelete), detach: String(detach) })}`,
    {
      body: value,
    },
  );

/** The plan and the diff. The plan is made with `allowDelete`, so that it shows what would be deleted before it is allowed. */
async function preview(c: Context<HttpEnv>, draft: Draft, read: ReadDocument, message?: string) {
  const planned = await put(c, { ...draft, allowDelete: true }, read, true);
  if (planned.status === 409)
    return refused(
      c,
      draft,
      [{ line: null, path: '', message: planned.detail }],
      planned.body.references ?? [],
    );
  if (!planned.ok) return refused(c, draft, read.mistakes(planned.errors));
  const stored = await readConfiguration(c.var.config);
  // Kinds that the document leaves out stay as they are.
  const wanted = { ...stored, ...(read.value as object) };
  const status: PageStatus = message === undefined ? 200 : 409;
  return dashboardPage(
    c,
    {
      title: 'Changes of the configuration',
      above: ABOVE,
      content: (
        <PreviewPage
          c={c}
          draft={{ ...draft, base: hashOf(stored) }}
          plan={planned.body.plan}
          references={planned.body.references ?? []}
          diff={diffOf(stored, wanted)}
          message={message}
        />
      ),
    },
    status,
  );
}

interface Shown {
  /** Null: too large to edit here. */
  readonly text: string | null;
  readonly count: number;
}

const show = (c: Context<HttpEnv>, { text, count }: Shown) =>
  dashboardPage(c, {
    title: 'Configuration',
    intro: 'Everything that people set up, as one document: edit it here, or keep it in version control.',
    actions: (
      <a class="button" href={`${PATH}/probemesh.yaml`} download>
        Download as YAML
      </a>
    ),
    content: (
      <ConfigurationPage
        c={c}
        text={text}
        count={count}
        mayEdit={mayUse(c, `POST ${PATH}`)}
        mistakes={[]}
        references={[]}
      />
    ),
  });

const refused = (
  c: Context<HttpEnv>,
  draft: Draft,
  mistakes: readonly LineMistake[],
  references: readonly { readonly type: string; readonly name: string }[] = [],
) =>
  dashboardPage(
    c,
    {
      title: 'Configuration',
      content: (
        <ConfigurationPage
          c={c}
          text={draft.text}
          count={0}
          draft={draft}
          mayEdit
          mistakes={mistakes}
          references={references}
        />
      ),
    },
    422,
  );
