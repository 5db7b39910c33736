// Owns the pages of the configuration: the document, its mistakes with their lines, and what a change would do.
// Does not read or apply it.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import { Form } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Empty } from '../parts/parts.tsx';
import { type DiffLine, type LineMistake, MAX_DIFF_LINES } from './document.ts';

export interface Draft {
  readonly text: string;
  readonly allowDelete: boolean;
  readonly detach: boolean;
  /** Hash of the stored configuration that the plan was made for. */
  readonly base: string;
}

interface Reference {
  readonly type: string;
  readonly name: string;
}

interface ConfigurationProps {
  readonly c: Context<HttpEnv>;
  /** Null: too large to edit on a page. */
  readonly text: string | null;
  readonly count: number;
  readonly draft?: Draft;
  readonly mayEdit: boolean;
  readonly mistakes: readonly LineMistake[];
  readonly references: readonly Reference[];
}

export const ConfigurationPage = ({
  c,
  text,
  count,
  draft,
  mayEdit,
  mistakes,
  references,
}: ConfigurationProps) => (
  <>
    {mistakes.length === 0 ? null : (
      <Notice tone="bad" title="Nothing was changed.">
        <ul>
          {mistakes.map(({ line, path, message }) => (
            <li>
              {line === null ? '' : `Line ${line}: `}
              {path === '' ? null : (
                <>
                  <code>{path}</code>{' '}
                </>
              )}
              {message}
            </li>
          ))}
        </ul>
        {references.length === 0 ? null : <References references={references} />}
      </Notice>
    )}
    {text === null ? (
      <Empty title={`The configuration has ${count.toLocaleString('en')} monitors.`}>
        <p>
          That is too much for a page. Download it, edit it, and send it with{' '}
          <code>PUT /api/v1/configuration</code>. <code>?dryRun</code> shows the changes first.
        </p>
      </Empty>
    ) : mayEdit ? (
      <Form c={c} action="/dashboard/configuration/preview">
        <div class="field">
          <label for="text">Document in YAML</label>
          <p class="note" id="text-hint">
            Secrets and addresses are <code>null</code>: they stay as they are stored. A kind that you leave
            out stays as it is. An entry that you leave out is deleted.
          </p>
          <textarea
            id="text"
            name="text"
            class="document"
            rows={Math.min(40, Math.max(12, text.split('\n').length + 1))}
            spellcheck={false}
            aria-describedby="text-hint"
            {...(mistakes.length > 0 ? { 'aria-invalid': 'true' } : {})}
          >
            {text}
          </textarea>
        </div>
        <Choices draft={draft} />
        <button type="submit" class="primary">
          Show the changes
        </button>
      </Form>
    ) : (
      <section class="scroll" tabindex={0} aria-label="The configuration">
        <pre>
          <code>{text}</code>
        </pre>
      </section>
    )}
  </>
);

const References = ({ references }: { references: readonly Reference[] }) => (
  <>
    <p>
      These name what would be deleted. Change them first, or tick "Remove from everything that names them".
    </p>
    <ReferenceList of={references} />
  </>
);

const ReferenceList = ({ of }: { of: readonly Reference[] }) => (
  <ul>
    {of.map(({ type, name }) => (
      <li>
        {type} <bdi>{name}</bdi>
      </li>
    ))}
  </ul>
);

const Choices = ({ draft }: { draft: Draft | undefined }) => (
  <fieldset>
    <legend>Deleted entries</legend>
    <div class="choice">
      <input type="checkbox" id="detach" name="detach" value="yes" checked={draft?.detach === true} />
      <label for="detach">Remove from everything that names them</label>
    </div>
  </fieldset>
);

/** Ids by what happens to them, as the API plans it. */
interface KindPlan {
  readonly create: readonly string[];
  readonly update: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly delete: readonly string[];
}

export interface Plan {
  readonly needsAllowDelete: boolean;
  readonly settings?: readonly string[];
  readonly [kind: string]: KindPlan | boolean | readonly string[] | undefined;
}

const KINDS = [
  ['monitors', 'Monitors'],
  ['channels', 'Channels'],
  ['schedules', 'On-call schedules'],
  ['routes', 'Routes'],
  ['statusPages', 'Status pages'],
  ['reportSchedules', 'Report schedules'],
] as const;

interface PreviewProps {
  readonly c: Context<HttpEnv>;
  readonly draft: Draft;
  readonly plan: Plan;
  readonly references: readonly Reference[];
  readonly diff: readonly DiffLine[];
  readonly message: string | undefined;
}

export const PreviewPage = ({ c, draft, plan, references, diff, message }: PreviewProps) => {
  const kinds = KINDS.flatMap(([kind, label]) => {
    const found = plan[kind] as KindPlan | undefined;
    return found && found.create.length + found.update.length + found.delete.length > 0
      ? [{ label, plan: found }]
      : [];
  });
  const settings = plan.settings ?? [];
  const isEmpty = kinds.length === 0 && settings.length === 0;
  return (
    <>
      {message === undefined ? null : <Notice tone="bad" title={message} />}
      {isEmpty ? (
        <Empty title="The document changes nothing.">
          <p>What is stored is the same.</p>
        </Empty>
      ) : (
        <ul class="list">
          {kinds.map((kind) => (
            <Kind label={kind.label} plan={kind.plan} />
          ))}
          {settings.length === 0 ? null : (
            <li>
              <div>
                <h2>Settings</h2>
                <p>Changes: {settings.join(', ')}</p>
              </div>
            </li>
          )}
        </ul>
      )}
      {references.length === 0 ? null : (
        <Notice tone="warn" title="Deleted entries are removed from what names them:">
          <ReferenceList of={references} />
        </Notice>
      )}
      {isEmpty ? null : <Diff lines={diff} />}
      <div class="actions">
        {isEmpty ? null : (
          <Form c={c} action="/dashboard/configuration">
            <Hidden draft={draft} />
            {plan.needsAllowDelete ? (
              <div class="choice">
                <input type="checkbox" id="allowDelete" name="allowDelete" value="yes" required />
                <label for="allowDelete">Yes, delete this much</label>
              </div>
            ) : null}
            <button type="submit" class="primary">
              Apply
            </button>
          </Form>
        )}
        <a href="/dashboard/configuration">Start again from what is stored</a>
      </div>
    </>
  );
};

const Hidden = ({ draft: { text, detach, base } }: { draft: Draft }) => (
  <>
    <input type="hidden" name="text" value={text} />
    <input type="hidden" name="base" value={base} />
    {detach ? <input type="hidden" name="detach" value="yes" /> : null}
  </>
);

const Kind = ({ label, plan }: { label: string; plan: KindPlan }) => (
  <li>
    <div>
      <h2>{label}</h2>
      {plan.create.length === 0 ? null : (
        <p>
          Created ({plan.create.length}): <Ids ids={plan.create} />
        </p>
      )}
      {plan.update.length === 0 ? null : (
        <p>
          Updated ({plan.update.length}):{' '}
          <Ids
            ids={plan.update.map(({ id, fields }) =>
              fields.length === 0 ? id : `${id} (${fields.join(', ')})`,
            )}
          />
        </p>
      )}
      {plan.delete.length === 0 ? null : (
        <p class="error">
          Deleted ({plan.delete.length}): <Ids ids={plan.delete} />
        </p>
      )}
    </div>
  </li>
);

const MAX_IDS = 20;
const Ids = ({ ids }: { ids: readonly string[] }) => (
  <>
    {ids.slice(0, MAX_IDS).join(', ')}
    {ids.length > MAX_IDS ? ` and ${ids.length - MAX_IDS} more` : ''}
  </>
);

const SIGNS = { same: ' ', added: '+', removed: '−', skipped: '…' } as const;
const NAMES = { same: '', added: 'Added: ', removed: 'Removed: ', skipped: '' } as const;

/** Each line has its sign as text, and a word for people who do not see the sign. */
const Diff = ({ lines }: { lines: readonly DiffLine[] }) => (
  <section>
    <h2 id="diff">Differences</h2>
    <section class="scroll card diff" tabindex={0} aria-labelledby="diff">
      <ol>
        {lines.slice(0, MAX_DIFF_LINES).map(({ kind, text }) => (
          <li class={kind}>
            <span aria-hidden="true">{SIGNS[kind]}</span>
            <span class="hidden">{NAMES[kind]}</span>
            <code>{text}</code>
          </li>
        ))}
      </ol>
      {lines.length > MAX_DIFF_LINES ? (
        <p class="pad note">And {lines.length - MAX_DIFF_LINES} more lines.</p>
      ) : null}
    </section>
  </section>
);
