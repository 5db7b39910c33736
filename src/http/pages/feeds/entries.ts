// Owns the entries of the feeds of a page, whatever the format: what people wrote, planned maintenance, and what probes
// measure only where probes lead. One entry an update, so that a reader which shows new entries shows each update. Pure.
import { markdownToHtml } from '../../../markdown.ts';
import { formatsOf } from '../../../status-pages/languages/formats.ts';
import { textsFor } from '../../../status-pages/languages/index.ts';
import type { WindowRow } from '../../../store/windows.ts';
import type { PageIncident, PageView } from '../../status-page/page-view.ts';

export interface FeedEntry {
  /** Stable: RFC 4151. */
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly at: number;
  readonly html: string;
}

export interface Feed {
  readonly title: string;
  readonly language: string;
  readonly url: string;
  readonly updatedAt: number;
  /** Newest first. */
  readonly entries: readonly FeedEntry[];
}

export type FeedView = Pick<
  PageView,
  'page' | 'url' | 'now' | 'announcements' | 'groups' | 'incidents' | 'maintenances'
>;

const MAX_ENTRIES = 60;

/** Every reader gets the same, so that it can be cached: a page without a language is in English. */
export function feedOf(view: FeedView, windows: readonly WindowRow[]): Feed {
  const texts = textsFor(view.page.config.language, null);
  const entries = [
    ...view.incidents.flatMap((incident) => incidentEntries(view, incident)),
    ...view.announcements.map(({ id, title, body, startsAt }) => ({
      ...{ id: idOf(view, 'announcement', id), url: view.url, title, at: startsAt },
      html: markdownToHtml(body),
    })),
    ...maintenanceEntries(view, windows),
  ]
    .filter(({ at }) => at <= view.now)
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, MAX_ENTRIES);
  return {
    ...{ title: view.page.title, language: texts.tag, url: view.url, entries },
    updatedAt: entries[0]?.at ?? view.now,
  };
}

/** A page that moves to another host is another feed. */
const idOf = ({ page, url }: FeedView, kind: string, id: string): string =>
  `tag:${new URL(url).hostname},2026:${page.id}/${kind}/${encodeURIComponent(id)}`;

function incidentEntries(view: FeedView, incident: PageIncident): FeedEntry[] {
  const texts = textsFor(view.page.config.language, null);
  const { mail } = texts.subscribers;
  const url = `${view.url}/incidents/${incident.id}`;
  const names = new Map(incident.components.map(({ component, name }) => [component, name]));
  const affected = (components: PageIncident['updates'][number]['components']): string => {
    const list = components.flatMap(({ component, impact }) => {
      const name = names.get(component);
      return name === undefined ? [] : [`${name}: ${texts.incidents.impacts[impact]}`];
    });
    return list.length === 0 ? '' : `<ul>${list.map((one) => `<li>${xmlText(one)}</li>`).join('')}</ul>`;
  };
  const written = incident.updates.map((update) => ({
    ...{ id: idOf(view, 'update', update.id), url, at: update.at },
    title: `${incident.title} – ${texts.incidents.statuses[update.status]}`,
    html: `${markdownToHtml(update.body)}${affected(update.components)}`,
  }));
  const postmortem =
    incident.postmortem === null
      ? []
      : [
          {
            ...{ id: idOf(view, 'postmortem', incident.id), url, at: incident.postmortem.at },
            title: `${incident.title} – ${texts.incident.postmortem}`,
            html: markdownToHtml(incident.postmortem.body),
          },
        ];
  return [...written, ...postmortem, ...(view.page.config.lead === 'probes' ? measured() : [])];

  function measured(): FeedEntry[] {
    return incident.measured
      .filter(({ verdict }) => verdict === 'down')
      .flatMap(({ id, monitorName, startedAt, resolvedAt }) => [
        {
          ...{ id: idOf(view, 'opened', id), url, at: startedAt, title: mail.measuredDown(monitorName) },
          html: `<p>${xmlText(mail.measuredDownBody)}</p>`,
        },
        ...(resolvedAt === null
          ? []
          : [
              {
                ...{
                  id: idOf(view, 'resolved', id),
                  url,
                  at: resolvedAt,
                  title: mail.measuredUp(monitorName),
                },
                html: `<p>${xmlText(mail.measuredUpBody)}</p>`,
              },
            ]),
      ]);
  }
}

/** Of a recurring one, the next occurrence. Another time is another entry, because readers show an entry once. */
function maintenanceEntries(view: FeedView, windows: readonly WindowRow[]): FeedEntry[] {
  const texts = textsFor(view.page.config.language, null);
  const formats = formatsOf(texts, view.page.config.timeZone);
  const { maintenance } = texts.subscribers;
  const names = componentNames(view);
  const rows = new Map(windows.map((row) => [row.id, row]));
  const first = new Map(view.maintenances.toReversed().map((one) => [one.id, one]));
  return [...first.values()].flatMap(({ id, name, monitors, startsAt, endsAt }) => {
    const row = rows.get(id);
    if (row === undefined) return [];
    const shown = monitors.flatMap((monitor) => names.get(`monitor:${monitor}`) ?? []);
    const lines = [
      `${maintenance.begins}: ${formats.time(startsAt)}`,
      `${maintenance.ends}: ${formats.time(endsAt)}`,
      ...(shown.length === 0 ? [] : [`${texts.incident.affected}: ${formats.list(shown)}`]),
    ];
    return [
      {
        ...{ id: idOf(view, 'maintenance', `${id}/${startsAt}`), url: view.url },
        ...{ title: maintenance.planned(name), at: Math.min(row.updatedAt, view.now) },
        html: lines.map((line) => `<p>${xmlText(line)}</p>`).join(''),
      },
    ];
  });
}

export const componentNames = ({ groups }: Pick<PageView, 'groups'>): ReadonlyMap<string, string> =>
  new Map(groups.flatMap(({ components }) => components.map(({ ref, name }) => [ref, name] as const)));

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** Text or the value of an attribute. Characters that XML does not allow are dropped: https://www.w3.org/TR/xml/#charsets */
export const xmlText = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids.
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
    .replace(/[&<>"']/g, (character) => ESCAPES[character]!);
