// Owns a status page as Markdown, for programs and language models: the same facts in the same order as the HTML. Pure.
// Names are escaped, and what people wrote is quoted, so that no text of a person becomes a part of this document.
import { markdownToText } from '../../markdown.ts';
import { componentsOf, headlineOf, stateWords } from '../status-page/headline.ts';
import { titleOfIncident, unknownSinceIn } from '../status-page/incident-card.tsx';
import type { ComponentView, PageIncident, PageView } from '../status-page/page-view.ts';
import { type Rendering, titleOf } from '../status-page/rendering.tsx';
import { monitorText } from '../status-page/status-text.ts';

/** Punctuation that means something in CommonMark (https://spec.commonmark.org/0.31.2/#backslash-escapes). */
export const escapeMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]()<>#+!|~]/g, '\\$&');

/** A quote, so that a heading or a list of its author is not one of the page. */
const quoted = (markdown: string): string =>
  markdownToText(markdown)
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${escapeMarkdown(line)}`))
    .join('\n');

/** `2026-11-26 10:00 UTC`: a program reads it without knowing a language. */
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export function pageMarkdown(view: PageView, of: Rendering): string {
  const { texts } = of;
  const { words, detail } = headlineOf(view, texts);
  const open = view.incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const past = view.incidents.filter(({ resolvedAt }) => resolvedAt !== null);
  const running = view.maintenances.filter(({ startsAt }) => startsAt <= view.now);
  const upcoming = view.maintenances.filter(({ startsAt }) => startsAt > view.now);
  const checked =
    view.checkedAt === null
      ? texts.banner.notChecked
      : texts.banner.checked(of.formats.duration(view.now - view.checkedAt), view.locationCount);
  return `${[
    `# ${escapeMarkdown(titleOf(of))}`,
    ...view.announcements.map(({ title, body }) => `**${escapeMarkdown(title)}**\n\n${quoted(body)}`),
    `**${escapeMarkdown(words)}** ${escapeMarkdown(detail)}`,
    [
      ...(view.since === null ? [] : [`- ${texts.banner.since(utc(view.since))}`]),
      `- ${checked}`,
      `- ${view.url}/`,
    ].join('\n'),
    ...section(
      texts.incidents.open,
      open.map((one) => incidentText(view, one, of)),
    ),
    ...section(
      texts.maintenance.running,
      running.map((one) => maintenanceText(view, one)),
    ),
    ...servicesText(view, of),
    ...section(
      texts.maintenance.upcoming,
      upcoming.map((one) => maintenanceText(view, one)),
    ),
    ...section(
      texts.incidents.past(14),
      past.length > 0 ? past.map((one) => incidentText(view, one, of)) : [texts.incidents.none],
    ),
  ].join('\n\n')}\n`;
}

const section = (heading: string, parts: readonly string[]): string[] =>
  parts.length === 0 ? [] : [`## ${heading}`, ...parts];

function servicesText(view: PageView, of: Rendering): string[] {
  if (componentsOf(view).length === 0) return [];
  const { row, bars } = of.texts;
  const parts = view.groups.flatMap(({ name, state, components }) => [
    ...(name === null ? [] : [`### ${escapeMarkdown(name)}: ${stateWords(state, of.texts)}`]),
    components.map((one) => componentText(one, of)).join('\n'),
  ]);
  return [`## ${row.heading}`, ...parts, bars.rule];
}

function componentText(component: ComponentView, of: Rendering): string {
  const { name, monitor, state, said, uptime, bars, failingLocations } = component;
  const { texts, formats } = of;
  const places = failingLocations.length === 0 ? null : formats.list(failingLocations.map(of.place));
  const measured = monitor === null ? null : monitorText(monitor, texts, places);
  const facts = [
    ...(measured
      ? [`${measured.caveat ?? ''}${measured.note}`]
      : [component.description ?? texts.row.notMeasured]),
    ...(said === null ? [] : [texts.row.said(texts.incidents.impacts[said])]),
    ...(monitor === null
      ? []
      : [uptime === null ? texts.bars.noUptime : texts.bars.uptime(formats.uptime(uptime), bars.length)]),
  ].flatMap((fact) => (fact === '' ? [] : [fact.replace(/\.$/, '')]));
  return `- **${escapeMarkdown(name)}**: ${measured?.words ?? stateWords(state, texts)}. ${escapeMarkdown(facts.join('; '))}`;
}

function incidentText(view: PageView, incident: PageIncident, of: Rendering): string {
  const { incidents } = of.texts;
  const { sources, startedAt, resolvedAt, updates, components, id, status } = incident;
  const title = titleOfIncident(incident, unknownSinceIn(view), of);
  const from = sources.map((one) => (one === 'probes' ? incidents.measured : incidents.fromTeam)).join(', ');
  const span =
    resolvedAt === null
      ? incidents.started(utc(startedAt))
      : `${incidents.started(utc(startedAt))}${incidents.lasted(of.formats.duration(resolvedAt - startedAt))}`;
  const affected = components.map(({ name }) => escapeMarkdown(name));
  return [
    `### [${escapeMarkdown(title)}](${view.url}/incidents/${encodeURIComponent(id)})`,
    [
      `${from} · ${incidents.statuses[status]} · ${span}`,
      ...(affected.length === 0 ? [] : [incidents.components(of.formats.list(affected))]),
    ].join('  \n'),
    ...updates.map(
      ({ at, status: now, body }) => `${utc(at)}, ${incidents.statuses[now]}:\n\n${quoted(body)}`,
    ),
  ].join('\n\n');
}

function maintenanceText(
  view: PageView,
  { name, startsAt, endsAt, monitors }: PageView['maintenances'][number],
): string {
  const names = componentsOf(view).flatMap(({ monitor, name: shown }) =>
    monitor !== null && monitors.includes(monitor.id) ? [escapeMarkdown(shown)] : [],
  );
  return `- **${escapeMarkdown(name)}**: ${utc(startsAt)} – ${utc(endsAt)}. ${names.join(', ')}`;
}
