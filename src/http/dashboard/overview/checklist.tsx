// Owns the checklist of a new mesh: each step is ticked by what exists. A browser can hide it.
import type { Context } from 'hono';
import type { SetUp } from '../../../store/overview-page.ts';
import type { HttpEnv } from '../../context.ts';
import { Icon } from '../../ui/icons.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Action } from '../parts/parts.tsx';

interface Step {
  readonly isDone: boolean;
  readonly title: string;
  readonly href: string;
  readonly action: string;
  readonly text: string;
}

/** Nothing once all is done. */
export const Checklist = ({ c, setUp }: { c: Context<HttpEnv>; setUp: SetUp }) => {
  const steps = stepsOf(c, setUp);
  const done = steps.filter(({ isDone }) => isDone).length;
  if (done === steps.length) return null;
  return (
    <section class="card checklist" aria-labelledby="checklist-heading">
      <div class="head">
        <h2 id="checklist-heading">
          Set up the mesh{' '}
          <span class="count">
            {done} of {steps.length} done
          </span>
        </h2>
        <Action c={c} action="/dashboard/checklist" label="Hide" describe="Hide the checklist" />
      </div>
      <ol>
        {steps.map(({ isDone, title, href, action, text }) => (
          <li class={isDone ? 'good' : 'no_data'}>
            {isDone ? <Icon tone="good" /> : <span class="todo" aria-hidden="true" />}
            <div>
              <p>
                <b>{title}</b>
                {isDone ? <span class="note"> – done</span> : null}
              </p>
              {isDone ? null : <p class="note">{text}</p>}
              {isDone ? null : title === ADD_MONITOR ? (
                <AddMonitor />
              ) : (
                <p>
                  <a class="button quiet" href={href}>
                    {action}
                  </a>
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
};

const ADD_MONITOR = 'Add a monitor';

/** The editor guesses the check from what is typed. */
export const AddMonitor = () => (
  <form class="add-monitor" method="get" action="/dashboard/monitors/_new">
    <label for="target">URL or host:port</label>
    <input
      id="target"
      name="target"
      type="text"
      inputmode="url"
      placeholder="https://example.com or db.example.com:5432"
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      maxlength={2_000}
      required
    />
    <button type="submit" class="primary">
      Add
    </button>
  </form>
);

const stepsOf = (c: Context<HttpEnv>, setUp: SetUp): Step[] => [
  {
    isDone: setUp.monitor,
    title: ADD_MONITOR,
    href: '/dashboard/monitors/_new',
    action: 'Add a monitor',
    text: 'The check is guessed and run at once, from every location.',
  },
  {
    isDone: setUp.channel && setUp.delivered,
    title: 'Add a channel and send a test',
    href: setUp.channel ? '/dashboard/channels' : '/dashboard/channels/_new',
    action: setUp.channel ? 'Send a test' : 'Add a channel',
    text: setUp.channel
      ? 'No channel has delivered anything yet.'
      : 'Where notifications go: mail, chat, paging or a webhook.',
  },
  {
    isDone: setUp.statusPage,
    title: 'Show a monitor on the status page',
    href: '/dashboard/status-pages',
    action: 'Look at the status page',
    text: 'Visitors see public monitors only, without their addresses.',
  },
  ...(mayUse(c, 'POST /api/v1/people')
    ? [
        {
          isDone: setUp.people,
          title: 'Invite people',
          href: '/dashboard/people',
          action: 'Invite a person',
          text: 'Each person has a role, and can be restricted to monitors with a tag.',
        },
      ]
    : []),
];
