// Owns the route of the dry run: who would be notified of an event about a monitor at a time. Changes and sends nothing.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { isInside } from '../../../access/restriction.ts';
import { type EventType, eventTypes } from '../../../channels/events.ts';
import { answerPreview } from '../../../services/routes/preview.ts';
import { suppressedAt } from '../../../services/routes/suppressed-at.ts';
import { readAlertingSetup } from '../../../store/alerting-setup.ts';
import { type ListedMonitor, readMonitorList } from '../../../store/monitor-list.ts';
import type { HttpEnv } from '../../context.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { ROUTES, SectionTabs, WHO } from './section.tsx';
import { Answer, Question } from './who-page.tsx';

const MAX_MATCHES = 20;

export function addWhoPage(app: OpenAPIHono<HttpEnv>): void {
  app.get(WHO, async (c) => {
    const { config, caller, now } = c.var;
    const { restriction } = caller;
    const text = c.req.query('monitor')?.trim().slice(0, 120) ?? '';
    const asked = c.req.query('event') ?? '';
    const event = (eventTypes as readonly string[]).includes(asked)
      ? (asked as EventType)
      : 'incident.opened';
    const atText = c.req.query('at')?.trim() ?? '';
    const at = atText === '' ? now : Date.parse(`${atText}Z`);
    const setup = await readAlertingSetup(config.db, {
      ...(text === '' ? {} : { monitor: text }),
      suggestTo: { restriction },
    });
    const monitor = setup.monitors.find((one) => one.id === text && isInside(restriction, one));
    // A name, or a part of one.
    const found =
      text === '' || monitor !== undefined
        ? null
        : await readMonitorList(
            config.db,
            { q: text, sort: 'name', page: 1, pageSize: MAX_MATCHES, restriction },
            now,
          );
    const only = found && onlyOne(found.rows, text);
    if (only) return c.redirect(addressOf(only.id, event, atText), 302);
    const isTime = !Number.isNaN(at) && Math.abs(at - now) < MAX_DISTANCE_MS;
    const errors = {
      monitor:
        found === null
          ? undefined
          : found.total === 0
            ? 'No monitor has this name or id.'
            : 'Choose one of the monitors below.',
      at: isTime ? undefined : 'Must be a time within ten years, such as 2026-11-24T09:30.',
    };
    const isAsked = c.req.query('monitor') !== undefined && found === null && isTime;
    const question = { monitor: monitor?.id ?? null, event, at };
    const preview = isAsked ? answerPreview(setup, question, caller) : null;
    return dashboardPage(
      c,
      {
        title: 'Who would be notified?',
        intro: 'A dry run of the routes: nothing is sent.',
        above: [{ path: ROUTES, label: 'Routes' }],
        content: (
          <>
            <SectionTabs current={ROUTES} />
            <Question monitor={text} event={event} at={atText} suggested={setup.suggested} errors={errors} />
            {found === null || found.total === 0 ? null : (
              <Matches rows={found.rows} total={found.total} hrefOf={(id) => addressOf(id, event, atText)} />
            )}
            {preview?.ok ? (
              <Answer
                preview={preview.value}
                suppressed={
                  monitor ? suppressedAt(setup, { monitor: monitor.id, event, at }, restriction) : []
                }
                monitorName={monitor?.name ?? null}
                schedules={new Map(setup.schedules.map(({ id, name }) => [id, name]))}
                isNow={atText === ''}
              />
            ) : null}
          </>
        ),
      },
      errors.monitor === undefined && errors.at === undefined ? 200 : 422,
    );
  });
}

const MAX_DISTANCE_MS = 3_653 * 86_400_000;

const addressOf = (monitor: string, event: string, at: string): string =>
  `${WHO}?${new URLSearchParams({ monitor, event, ...(at === '' ? {} : { at }) })}`;

function onlyOne(rows: readonly ListedMonitor[], text: string): ListedMonitor | null {
  const named = rows.filter(({ name }) => name.toLowerCase() === text.toLowerCase());
  const [first, ...others] = named.length > 0 ? named : rows;
  return first !== undefined && others.length === 0 ? first : null;
}

const Matches = ({
  rows,
  total,
  hrefOf,
}: {
  rows: readonly ListedMonitor[];
  total: number;
  hrefOf: (id: string) => string;
}) => (
  <section aria-labelledby="which">
    <h2 id="which">Which monitor do you mean?</h2>
    <ul class="list">
      {rows.map(({ id, name, target }) => (
        <li>
          <div>
            <a href={hrefOf(id)}>
              <bdi>{name}</bdi>
            </a>{' '}
            <span class="note">{target}</span>
          </div>
        </li>
      ))}
    </ul>
    {total > rows.length ? (
      <p class="note after">{total - rows.length} more. Write more of the name.</p>
    ) : null}
  </section>
);
