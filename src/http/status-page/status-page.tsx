// Owns the order of a status page. Shows a PageView and nothing else, so it cannot reveal what the view does not contain.
import { Announcements } from './announcements.tsx';
import { Impaired, StatusBanner } from './banner.tsx';
import { headlineOf } from './headline.ts';
import { IncidentCards, unknownSinceIn } from './incident-card.tsx';
import { RunningMaintenance, UpcomingMaintenance } from './maintenance-list.tsx';
import { PageLayout } from './page-layout.tsx';
import type { PageView } from './page-view.ts';
import { PastDays } from './past-days.tsx';
import type { Rendering } from './rendering.tsx';
import { ServiceList } from './service-list.tsx';
import { Welcome } from './welcome.tsx';

interface StatusPageProps {
  view: PageView;
  of: Rendering;
  /** Of the deployment, for the example of a request. */
  publicUrl: string;
}

export const StatusPage = ({ view, of, publicUrl }: StatusPageProps) => {
  const { texts } = of;
  const open = view.incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const unknownSince = unknownSinceIn(view);
  const isEmpty = view.groups.every(({ components }) => components.length === 0);
  return (
    <PageLayout of={of} title={headlineOf(view, texts).words} refreshes>
      <Announcements list={view.announcements} of={of} />
      <StatusBanner view={view} of={of} />
      <Impaired view={view} of={of} />
      {open.length > 0 ? (
        <section aria-labelledby="open">
          <h2 id="open">{texts.incidents.open}</h2>
          <IncidentCards incidents={open} unknownSince={unknownSince} of={of} below={2} />
        </section>
      ) : null}
      <RunningMaintenance view={view} of={of} />
      {isEmpty ? <Welcome hidden={view.hidden} publicUrl={publicUrl} /> : <ServiceList view={view} of={of} />}
      <UpcomingMaintenance view={view} of={of} />
      {isEmpty && view.incidents.length === 0 ? null : (
        <PastDays view={view} unknownSince={unknownSince} of={of} />
      )}
    </PageLayout>
  );
};
