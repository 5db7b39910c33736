// Owns what the page of an incident says that readers know, with the way to tell them more.
import type { Context } from 'hono';
import type { WrittenIncident } from '../../../store/incident-page.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { incidentPath } from './incident-filters.ts';
import { STATUS_WORDS } from './incident-words.ts';

export const Readers = ({
  c,
  row,
  written,
}: {
  c: Context<HttpEnv>;
  row: IncidentRow;
  written: readonly WrittenIncident[];
}) => {
  const mayPublish = row.location === null && mayUse(c, 'POST /dashboard/incidents/:id/publish');
  const path = `${incidentPath(row.id)}/publish`;
  return (
    <>
      {written.length === 0 ? (
        <p>
          {row.location !== null
            ? 'Readers do not see incidents of locations.'
            : row.public
              ? 'Status pages show what was measured, as far as they lead with it. Nobody has written to readers.'
              : 'The monitor is private, and nobody has written to readers.'}
        </p>
      ) : (
        <ul class="written">
          {written.map((one) => (
            <li>
              <strong>
                <bdi>
                  <Breakable text={one.title} />
                </bdi>
              </strong>{' '}
              <span class="pill">{one.state === 'draft' ? 'Draft' : STATUS_WORDS[one.status]}</span>
              {one.state === 'published' ? (
                <>
                  {' '}
                  <a href={`/incidents/${encodeURIComponent(one.id)}`}>See it as readers do</a>
                </>
              ) : null}
              {mayPublish ? (
                <>
                  {' '}
                  <a href={`${path}?public=${encodeURIComponent(one.id)}`}>
                    {one.state === 'draft' ? 'Review and publish' : 'Write an update'}
                  </a>
                </>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {mayPublish && written.length === 0 ? (
        <p>
          <a class="button" href={path}>
            Publish an update
          </a>
        </p>
      ) : null}
    </>
  );
};
