// Owns the question before a deletion that changes other entries too: what names the entry, and what becomes of each.
// Does not find references: services do.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import { Confirm, Form } from '../form.tsx';
import { Notice } from '../notice.tsx';

interface Reference {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly effect: 'detached' | 'emptied' | 'ended' | 'deleted';
}

const KINDS: Readonly<Record<string, string>> = {
  monitor: 'Monitor',
  route: 'Route',
  settings: 'Default channels of the mesh',
  person: 'On-call channels of',
  status_page: 'Status page',
  report_schedule: 'Report schedule',
  schedule: 'Schedule',
};

const EFFECTS: Readonly<Record<Reference['effect'], string>> = {
  detached: 'loses it, and keeps its others.',
  emptied: 'has none left then, so it notifies nobody.',
  ended: 'ends.',
  deleted: 'is deleted.',
};

interface ReferencesProps {
  readonly c: Context<HttpEnv>;
  readonly references: readonly Reference[];
  readonly what: string;
  readonly action: string;
  readonly back: string;
}

/** What names an entry that is about to be deleted, and the button that removes both. */
export const References = ({ c, references, what, action, back }: ReferencesProps) => (
  <>
    <Notice
      tone="warn"
      title={`Nothing was deleted yet: ${references.length === 1 ? 'one entry names' : `${references.length} entries name`} the ${what}.`}
    >
      <p>If you delete it, these change in the same moment:</p>
    </Notice>
    <ul class="list">
      {references.map(({ kind, name, effect }) => (
        <li>
          <div>
            <p>
              <strong>{KINDS[kind] ?? kind}</strong> {kind === 'settings' ? null : <bdi>{name}</bdi>}{' '}
              {EFFECTS[effect]}
            </p>
          </div>
        </li>
      ))}
    </ul>
    <Form c={c} action={action} class="card pad spaced">
      <input type="hidden" name="detach" value="yes" />
      <Confirm label={`Delete the ${what}, and change these entries`} />
      <p class="actions">
        <button type="submit" class="danger">
          Delete the {what}
        </button>
        <a href={back}>Keep it</a>
      </p>
    </Form>
  </>
);
