// Owns the order of a copy of a page, in both of its forms: while the coordinator answers, and while it is silent.
// Shows a PageView and nothing else.
import { Announcements } from '../status-page/announcements.tsx';
import { Impaired } from '../status-page/banner.tsx';
import { headlineOf } from '../status-page/headline.ts';
import { IncidentCards, type UnknownSince, unknownSinceIn } from '../status-page/incident-card.tsx';
import { RunningMaintenance, UpcomingMaintenance } from '../status-page/maintenance-list.tsx';
import type { PageView } from '../status-page/page-view.ts';
import type { Rendering } from '../status-page/rendering.tsx';
import { CopyLine, SilentBanner, WellBanner } from './copy-banner.tsx';
import { type CopyContext, CopyFrame } from './copy-frame.tsx';
import { CopyServices } from './copy-services.tsx';

export const CopyPage = ({ view, context }: { view: PageView; context: CopyContext }) => {
  const { of, silent, slots } = context;
  const { texts } = of;
  const isEmpty = view.groups.every(({ components }) => components.length === 0);
  const headline = silent
    ? texts.copy.noCurrentData
    : `${headlineOf(view, texts).words} (${texts.copy.asOf(slots.time('taken', texts.tag))})`;
  return (
    <CopyFrame context={context} title={headline}>
      {silent ? <SilentBanner view={view} context={context} /> : <CopyLine context={context} />}
      <Announcements list={view.announcements} of={of} />
      {silent ? null : <WellBanner view={view} context={context} />}
      {silent ? null : <Impaired view={view} of={of} />}
      <Incidents view={view} context={context} open />
      {silent ? null : <RunningMaintenance view={view} of={of} />}
      {isEmpty ? null : <CopyServices view={view} context={context} />}
      <UpcomingMaintenance view={view} of={silent ? asPlanned(of) : of} />
      <Incidents view={view} context={context} open={false} />
    </CopyFrame>
  );
};

/** Whether a maintenance runs depends on when the copy is read: all of them are listed with their start. */
const asPlanned = (of: Rendering): Rendering => ({ ...of, now: 0 });

/** While the coordinator is silent, it is not known whether an open incident continues. Only its title depends on the time. */
const UNKNOWN: UnknownSince = ({ resolvedAt, startedAt }) => (resolvedAt === null ? startedAt : null);

interface IncidentsProps {
  readonly view: PageView;
  readonly context: CopyContext;
  readonly open: boolean;
}

const Incidents = ({ view, context: { of, silent }, open }: IncidentsProps) => {
  const { copy, incidents } = of.texts;
  const list = view.incidents.filter(({ resolvedAt }) => (resolvedAt === null) === open);
  if (list.length === 0) return null;
  const id = open ? 'open' : 'past';
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{open ? (silent ? copy.lastKnownIncidents : incidents.open) : copy.pastIncidents}</h2>
      <IncidentCards
        incidents={list}
        unknownSince={silent ? UNKNOWN : unknownSinceIn(view)}
        of={of}
        below={2}
      />
    </section>
  );
};
