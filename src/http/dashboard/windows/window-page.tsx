// Owns the part above the form of one window: its state, what it covers, when, and how to end it. Does not read.
import type { Context } from 'hono';
import type { Covered, WindowList } from '../../../store/window-list.ts';
import type { HttpEnv } from '../../context.ts';
import { Icon } from '../../ui/icons.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Form } from '../form.tsx';
import { type KindOfPage, windowPath } from './kinds.ts';
import { Occurrences, ZonedTime } from './window-parts.tsx';
import { recurrenceText, type ShownWindow, STATE_TEXTS, scopeWords } from './window-words.ts';

interface WindowProps {
  readonly c: Context<HttpEnv>;
  readonly of: KindOfPage;
  readonly shown: ShownWindow;
  readonly names: WindowList['names'];
  readonly covered: Covered;
  readonly timeZone: string;
}

export const WindowContent = ({
  c,
  of,
  shown: { row, state, spans },
  names,
  covered,
  timeZone,
}: WindowProps) => {
  const { label, tone } = STATE_TEXTS[state];
  const recurrence = recurrenceText(row);
  const path = windowPath(row.kind, row.id);
  const mayEnd = mayUse(c, `POST ${of.base}/:id/end`);
  return (
    <section class="card pad window-preview" aria-labelledby="window">
      <h2 id="window">
        <span class={`state ${tone}`}>
          <Icon tone={tone} />
          {label}
        </span>
      </h2>
      <p>
        Covers {covered.total.toLocaleString('en')} {covered.total === 1 ? 'monitor' : 'monitors'}:{' '}
        <bdi>{scopeWords(row, names)}</bdi>.
      </p>
      {recurrence === null ? (
        'startsAt' in row.schedule ? (
          <p>
            From <ZonedTime at={row.schedule.startsAt} timeZone={timeZone} /> to{' '}
            <ZonedTime at={row.schedule.endsAt} timeZone={timeZone} />
          </p>
        ) : null
      ) : (
        <>
          <p>{recurrence}</p>
          <h3>
            The next {spans.length} dates, in {timeZone}
          </h3>
          <Occurrences spans={spans} timeZone={timeZone} />
        </>
      )}
      <form method="get" action={path} class="filters">
        <div class="field">
          <label for="zone">Show times in</label>
          <input id="zone" name="timeZone" value={timeZone} maxlength={64} />
        </div>
        <button type="submit" class="quiet">
          Show
        </button>
      </form>
      {mayEnd ? (
        <Form c={c} action={`${path}/${state === 'active' ? 'end' : 'delete'}`}>
          {of.kind === 'maintenance' && state !== 'past' ? (
            <div class="choice">
              <input type="checkbox" id="tell" name="notify" value="yes" />
              <label for="tell">Notify subscribers of status pages about it</label>
            </div>
          ) : null}
          <p class="actions">
            {state === 'active' ? (
              <button type="submit" class="primary">
                End now
              </button>
            ) : null}
            <button
              type="submit"
              class="danger quiet"
              formaction={`${path}/delete`}
              data-confirm={`Delete ${row.name}?`}
            >
              Delete
            </button>
          </p>
        </Form>
      ) : null}
    </section>
  );
};
