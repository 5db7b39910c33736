// Owns the form of a maintenance or a silence, with a preview of what it covers and when it occurs. Does not read or write.
import type { Context } from 'hono';
import type { Interval } from '../../../services/windows/schedule.ts';
import type { Covered } from '../../../store/window-list.ts';
import type { HttpEnv } from '../../context.ts';
import { descriptionOf, Field, Form, type FormErrors, Labelled } from '../form.tsx';
import { Notice } from '../notice.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';
import type { KindOfPage } from './kinds.ts';
import { Occurrences } from './window-parts.tsx';

export interface WindowFormProps {
  readonly c: Context<HttpEnv>;
  readonly of: KindOfPage;
  readonly action: string;
  readonly values: PostedValues;
  readonly errors: FormErrors;
  /** Why nothing was saved. Null: nothing was sent yet. */
  readonly problem: string | null;
  readonly preview: WindowPreview | null;
  readonly isNew: boolean;
}

export interface WindowPreview {
  readonly covered: Covered;
  /** Empty: it never occurs, or the schedule is not valid yet. */
  readonly spans: readonly Interval[];
  readonly timeZone: string;
}

export const WindowForm = ({ c, of, action, values, errors, problem, preview, isNew }: WindowFormProps) => {
  const text = (name: string): string => values[name]?.at(-1) ?? '';
  const errorAt = (name: string): string | undefined =>
    errors[name] ?? Object.entries(errors).find(([path]) => path.startsWith(`${name}[`))?.[1];
  const isMaintenance = of.kind === 'maintenance';
  return (
    <>
      {problem === null ? null : <Notice tone="bad" title={problem} />}
      <div class="columns">
        <Form c={c} action={action} class="window card pad">
          {text('version') === '' ? null : <input type="hidden" name="version" value={text('version')} />}
          <Field
            name="name"
            label={isMaintenance ? 'Planned work' : 'Reason'}
            value={text('name')}
            error={errors.name}
            hint={isMaintenance ? 'Readers of the status pages see it.' : 'Readers do not see it.'}
            maxlength={120}
            required
          />
          <fieldset class="group">
            <legend>Which monitors</legend>
            <Radio name="scope" value="some" label="Only these" checked={text('scope') !== 'all'} />
            <div class="inner">
              <Lines
                name="monitors"
                label="Ids of monitors"
                value={text('monitors')}
                error={errorAt('monitors')}
                hint="One a line."
              />
              <Lines
                name="tags"
                label="Tags"
                value={text('tags')}
                error={errorAt('tags')}
                hint="Such as team:shop, one a line. A monitor that gets the tag later joins."
              />
              <Field
                name="group"
                label="Add the monitors of a group"
                value={text('group')}
                error={errors.group}
                hint="Those that are in it now. Their ids are listed above then."
                maxlength={120}
              />
            </div>
            <Radio name="scope" value="all" label="All monitors" checked={text('scope') === 'all'} />
          </fieldset>
          <fieldset class="group">
            <legend>When</legend>
            {isMaintenance ? (
              <Radio name="repeat" value="once" label="Once" checked={text('repeat') !== 'recurring'} />
            ) : null}
            <div class={isMaintenance ? 'inner fields' : 'fields'}>
              <Field
                type="datetime-local"
                name="startsAt"
                label="Start"
                value={text('startsAt')}
                error={errors.startsAt}
                hint="Empty: now."
              />
              <Field
                type="datetime-local"
                name="endsAt"
                label="End"
                value={text('endsAt')}
                error={errors.endsAt}
                hint="Empty: after the duration below."
              />
            </div>
            {isMaintenance ? (
              <>
                <Radio
                  name="repeat"
                  value="recurring"
                  label="Recurring"
                  checked={text('repeat') === 'recurring'}
                />
                <div class="inner">
                  <Field
                    name="cron"
                    label="Starts at (cron)"
                    value={text('cron')}
                    error={errors.cron}
                    hint="Minute, hour, day, month, weekday: 0 2 * * SUN is Sundays at 2:00."
                    maxlength={100}
                  />
                </div>
              </>
            ) : null}
            <Field
              name="durationMinutes"
              label="Duration (minutes)"
              type="number"
              min={1}
              max={10_080}
              value={text('durationMinutes')}
              error={errors.durationMinutes}
              hint="Elapsed time, up to 10080 minutes (a week)."
            />
            <Field
              name="timeZone"
              label="Time zone"
              value={text('timeZone')}
              error={errors.timeZone}
              hint="IANA name such as Europe/Berlin. A recurring start keeps its hour when the clock changes."
              maxlength={64}
            />
          </fieldset>
          {isMaintenance ? (
            <fieldset>
              <legend>Readers</legend>
              <p class="note">
                The status pages that show one of the monitors show the planned work. For other words, write{' '}
                <a href="/dashboard/announcements">an announcement</a>.
              </p>
              <div class="choice">
                <input
                  type="checkbox"
                  id="notify"
                  name="notify"
                  value="yes"
                  checked={text('notify') === 'yes'}
                />
                <label for="notify">Notify subscribers of those pages about this change</label>
              </div>
            </fieldset>
          ) : null}
          <p class="actions">
            <button type="submit" name="intent" value="save" class="primary">
              {isNew ? `Create the ${of.kind}` : 'Save'}
            </button>
            <button type="submit" name="intent" value="preview" formnovalidate>
              Preview
            </button>
            <a class="button" href={of.list}>
              Cancel
            </a>
          </p>
        </Form>
        {preview === null ? null : <Preview preview={preview} />}
      </div>
    </>
  );
};

const Radio = ({
  name,
  value,
  label,
  checked,
}: {
  name: string;
  value: string;
  label: string;
  checked: boolean;
}) => (
  <div class="choice">
    <input type="radio" id={`${name}-${value}`} name={name} value={value} checked={checked} />
    <label for={`${name}-${value}`}>{label}</label>
  </div>
);

interface InputProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly hint: string;
}

const Lines = ({ name, label, value, error, hint }: InputProps) => (
  <Labelled name={name} label={label} hint={hint} error={error}>
    <textarea
      id={name}
      name={name}
      rows={Math.min(8, Math.max(2, value.split('\n').length))}
      spellcheck={false}
      {...descriptionOf({ name, hint, error })}
    >
      {value}
    </textarea>
  </Labelled>
);

const Preview = ({ preview: { covered, spans, timeZone } }: { preview: WindowPreview }) => (
  <section class="card pad window-preview" aria-labelledby="preview">
    <h2 id="preview">
      Covers {covered.total.toLocaleString('en')} {covered.total === 1 ? 'monitor' : 'monitors'}
    </h2>
    {covered.total === 0 ? (
      <p>Name monitors, tags or a group, or choose all.</p>
    ) : (
      <p>
        {covered.first.map(({ name }, index) => (
          <>
            {index > 0 ? ', ' : ''}
            <bdi>{name}</bdi>
          </>
        ))}
        {covered.total > covered.first.length
          ? ` and ${(covered.total - covered.first.length).toLocaleString('en')} more`
          : ''}
      </p>
    )}
    {spans.length === 0 ? null : (
      <>
        <h3>{spans.length === 1 ? 'When' : `The next ${spans.length} dates`}</h3>
        <Occurrences spans={spans} timeZone={timeZone} />
      </>
    )}
  </section>
);
