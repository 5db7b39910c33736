// Owns the announcements of people, above everything else on the page.
import type { AnnouncementView } from './page-view.ts';
import { Prose } from './prose.tsx';
import { Phrase, type Rendering, SLOT, Time } from './rendering.tsx';

export const Announcements = ({ list, of }: { list: readonly AnnouncementView[]; of: Rendering }) => (
  <>
    {list.map(({ id, title, body, startsAt, endsAt }) => (
      <section class="notice calm announcement" aria-labelledby={`announcement-${id}`}>
        <h2 id={`announcement-${id}`}>{title}</h2>
        <Prose markdown={body} below={2} />
        <p class="note">
          {of.texts.announcement.heading} · <Time at={startsAt} of={of} />
          {endsAt === null ? null : (
            <>
              {' · '}
              <Phrase text={of.texts.announcement.until(SLOT)} slots={[<Time at={endsAt} of={of} />]} />
            </>
          )}
        </p>
      </section>
    ))}
  </>
);
