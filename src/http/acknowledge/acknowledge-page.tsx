// Owns the page of a signed link: the incident, and a button that acknowledges it. Does not act: acknowledge-routes.tsx does.
import type { Context } from 'hono';
import { timeText } from '../../channels/time-text.ts';
import type { Linked } from '../../services/incidents/act-by-channel.ts';
import type { HttpEnv } from '../context.ts';
import { Field, Form, Select } from '../dashboard/form.tsx';
import { Notice } from '../dashboard/notice.tsx';
import { signInPage } from '../sign-in/sign-in-layout.tsx';
import { incidentTitle } from '../status-page/status-text.ts';
import { Timestamp } from '../ui/times.tsx';

/** By the value of the field. Null: until the incident ends. */
export const PAUSES: Readonly<Record<string, { readonly minutes: number | null; readonly label: string }>> = {
  end: { minutes: null, label: 'until the incident ends' },
  '30': { minutes: 30, label: 'for 30 minutes' },
  '120': { minutes: 120, label: 'for 2 hours' },
  '480': { minutes: 480, label: 'for 8 hours' },
  '1440': { minutes: 1_440, label: 'for 24 hours' },
};

export const MAX_NAME_LENGTH = 60;

interface PageProps {
  readonly linked: Linked;
  /** Path of the link. */
  readonly path: string;
  /** A form was just accepted. */
  readonly done: boolean;
  /** Why the form was refused. */
  readonly error?: string;
}

export function showAcknowledgePage(c: Context<HttpEnv>, { linked, path, done, error }: PageProps) {
  const { incident } = linked;
  const { row, body, resolvedAt, startedAt } = incident;
  const isOver = resolvedAt !== null;
  const title =
    row === null || row.location !== null
      ? `${incident.name}: ${row?.verdict ?? 'drill'}`
      : incidentTitle(incident.name, row.verdict, isOver ? 'past' : 'now');
  return signInPage(
    c,
    {
      title: body?.drill ? `[Drill] ${title}` : title,
      content: (
        <>
          <State linked={linked} now={c.var.now} done={done} />
          <div class="plain">
            <dl class="facts">
              <dt>Since</dt>
              <dd>
                <Timestamp at={startedAt} exact />
              </dd>
              {resolvedAt === null ? null : (
                <>
                  <dt>Ended</dt>
                  <dd>
                    <Timestamp at={resolvedAt} exact />
                  </dd>
                </>
              )}
              {row && row.scope.length > 0 ? (
                <>
                  <dt>Failed at</dt>
                  <dd>{row.scope.join(', ')}</dd>
                </>
              ) : null}
            </dl>
          </div>
          {isOver || incident.acknowledgedAt !== null ? null : (
            <AcknowledgeForm c={c} linked={linked} path={path} error={error} />
          )}
        </>
      ),
    },
    error === undefined ? 200 : 422,
  );
}

/** Who has taken the incident, if a person has. */
const State = ({ linked, now, done }: { linked: Linked; now: number; done: boolean }) => {
  const { acknowledgedAt, acknowledgedBy, snoozedUntil, resolvedAt, actions } = linked.incident;
  if (resolvedAt !== null)
    return <Notice tone="good" title="The incident is over. There is nothing to acknowledge." />;
  if (acknowledgedAt !== null)
    return (
      <Notice
        tone="good"
        title={done ? 'You acknowledged the incident' : `${acknowledgedBy} acknowledged the incident`}
      >
        <p>
          {timeText(acknowledgedAt, true)}. Reminders and escalation have stopped. Everyone who was notified
          gets the name: {acknowledgedBy}.
        </p>
      </Notice>
    );
  if (snoozedUntil === null || snoozedUntil <= now) return null;
  const by = actions.findLast(({ action }) => action === 'snoozed')?.actorName ?? '';
  return (
    <Notice tone="calm" title={done ? 'You snoozed the incident' : `${by} snoozed the incident`}>
      <p>Reminders and escalation continue at {timeText(snoozedUntil, true)} if it is still open.</p>
    </Notice>
  );
};

interface FormProps {
  readonly c: Context<HttpEnv>;
  readonly linked: Linked;
  readonly path: string;
  readonly error: string | undefined;
}

const AcknowledgeForm = ({ c, linked, path, error }: FormProps) => {
  const person = c.var.authenticated?.person ?? null;
  return (
    <div class="plain">
      <Form c={c} action={path}>
        {person === null ? (
          <Field
            name="name"
            label="Your name"
            autocomplete="name"
            maxlength={MAX_NAME_LENGTH}
            hint={`Optional. The others read it, with "${linked.channel.name}".`}
            error={error}
          />
        ) : (
          <p>
            You acknowledge as <strong>{person.name}</strong>.
          </p>
        )}
        <Select
          name="pause"
          label="Stop reminders and escalation"
          options={Object.entries(PAUSES).map(([value, { label }]) => ({ value, label }))}
          value="end"
        />
        <button type="submit" class="primary">
          Acknowledge
        </button>
      </Form>
    </div>
  );
};

const TEXTS = {
  unknown: {
    status: 404,
    title: 'This link does not work',
    text: 'The link is incomplete, or was not made by this mesh. Copy it again from the message.',
  },
  gone: {
    status: 404,
    title: 'This link does not work any more',
    text: 'The incident, or the channel that the link was sent to, was deleted.',
  },
  expired: {
    status: 410,
    title: 'This link has expired',
    text: 'A link works for seven days. Use the link of a newer message about the incident, or the API.',
  },
  throttled: {
    status: 429,
    title: 'Too many wrong links',
    text: 'Wait a minute, then open the link of the message again.',
  },
} as const;

export function showLinkProblem(c: Context<HttpEnv>, problem: keyof typeof TEXTS) {
  const { status, title, text } = TEXTS[problem];
  const content = (
    <div class="plain">
      <p>{text}</p>
      <a class="button" href="/">
        Status page
      </a>
    </div>
  );
  return signInPage(c, { title, content }, status);
}
