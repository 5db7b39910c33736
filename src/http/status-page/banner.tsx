// Owns the top of a page: its state in words, since when, and how fresh it is; then what impairs probemesh itself.
import type { Child } from 'hono/jsx';
import { Breakable } from '../ui/breakable.tsx';
import { Icon, type Tone } from '../ui/icons.tsx';
import { headlineOf } from './headline.ts';
import type { PageView } from './page-view.ts';
import { Ago, Phrase, type Rendering, SLOT, Time } from './rendering.tsx';

export const Banner = ({ tone, title, children }: { tone: Tone; title: string; children?: Child }) => (
  <div class={`banner ${tone}`}>
    <Icon tone={tone} />
    <div>
      <h1>
        <Breakable text={title} />
      </h1>
      {children}
    </div>
  </div>
);

export const StatusBanner = ({ view, of }: { view: PageView; of: Rendering }) => {
  const { texts } = of;
  const { banner } = texts;
  const { tone, words, detail, noDataSince } = headlineOf(view, texts);
  return (
    <>
      <Banner tone={tone} title={words}>
        <p>
          <NoDataSince view={view} since={noDataSince} of={of} />
          {detail}
        </p>
      </Banner>
      <p class="fresh">
        {view.since === null || noDataSince !== undefined ? null : (
          <>
            <Phrase text={banner.since(SLOT)} slots={[<Time at={view.since} of={of} />]} />
            {' · '}
          </>
        )}
        {view.checkedAt === null ? (
          banner.notChecked
        ) : (
          <Phrase
            text={banner.checked(SLOT, view.locationCount)}
            slots={[<Ago since={view.checkedAt} of={of} />]}
          />
        )}
      </p>
    </>
  );
};

interface NoDataProps {
  readonly view: PageView;
  readonly since: number | undefined;
  readonly of: Rendering;
}

/** When the newest result was recorded, if none is current. */
const NoDataSince = ({ view, since, of }: NoDataProps) => {
  const at = since ?? (view.stale ? view.measuredAt : null);
  if (at === null || view.groups.length === 0) return null;
  const { noChecksSince, noDataSince } = of.texts.banner;
  const text = since === undefined ? noChecksSince(SLOT) : noDataSince(SLOT);
  return <Phrase text={`${text} `} slots={[<Time at={at} of={of} />]} />;
};

/** What does not work in probemesh itself. The words and codes contain no name and no figure. */
export const Impaired = ({ view: { monitoring }, of }: { view: PageView; of: Rendering }) =>
  monitoring.reasons.length === 0 ? null : (
    <section class="notice warn" aria-labelledby="impaired">
      <h2 id="impaired">{of.texts.impaired.heading}</h2>
      <ul>
        {monitoring.reasons.map(({ code, words }) => (
          <li>
            {of.texts.impaired.reasons[code] ?? words} <code>{code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
