// Owns the archive of a page: the incidents that began in a month (UTC), and the months beside it.
import { IncidentCards, type UnknownSince } from './incident-card.tsx';
import { PageLayout } from './page-layout.tsx';
import type { PageIncident } from './page-view.ts';
import { pathOf, type Rendering } from './rendering.tsx';

/** `2026-11` */
export type Month = string;

export interface ArchiveView {
  readonly month: Month;
  /** Newest first. Without those of planned work. */
  readonly incidents: readonly PageIncident[];
  /** The nearest month with a link. Null: there is none. */
  readonly earlier: Month | null;
  readonly later: Month | null;
}

interface ArchivePageProps {
  readonly view: ArchiveView;
  readonly unknownSince: UnknownSince;
  readonly of: Rendering;
}

export const ArchivePage = ({ view, unknownSince, of }: ArchivePageProps) => {
  const { archive } = of.texts;
  const heading = archive.of(monthName(view.month, of));
  return (
    <PageLayout of={of} title={heading}>
      <h1>{heading}</h1>
      {view.incidents.length === 0 ? (
        <p class="plain">{archive.none}</p>
      ) : (
        <section aria-label={archive.heading}>
          <IncidentCards incidents={view.incidents} unknownSince={unknownSince} of={of} below={1} />
        </section>
      )}
      <nav class="pager" aria-label={archive.months}>
        <MonthLink month={view.earlier} text={archive.earlier} of={of} />
        <MonthLink month={view.later} text={archive.later} of={of} />
      </nav>
    </PageLayout>
  );
};

const monthName = (month: Month, { formats }: Rendering): string =>
  formats.month(Date.parse(`${month}-01T00:00:00Z`));

interface LinkProps {
  readonly month: Month | null;
  readonly text: (month: string) => string;
  readonly of: Rendering;
}

const MonthLink = ({ month, text, of }: LinkProps) =>
  month === null ? <span /> : <a href={pathOf(of, `/history/${month}`)}>{text(monthName(month, of))}</a>;
