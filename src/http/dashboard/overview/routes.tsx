// Owns the routes of the overview: it reads in few statements what matters now. Does not draw it.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { isAtLeast } from '../../../access/role.ts';
import { haveTicksStopped } from '../../../services/health/liveness.ts';
import { countUnnotified } from '../../../services/routes/unnotified-monitors.ts';
import { readStateCounts } from '../../../store/monitor-list.ts';
import { countsWithoutData, monitorWithoutData } from '../../../store/monitor-list-model.ts';
import { readOverview } from '../../../store/overview-page.ts';
import { clearCookie, readCookie, writeCookie } from '../../access/cookies.ts';
import type { HttpEnv } from '../../context.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { readForm } from '../form.tsx';
import { locationViews, worstFirst } from '../locations/location-view.ts';
import { onCallNow } from './on-call-now.ts';
import { OverviewPage } from './overview-page.tsx';

const PATH = '/dashboard';
const CHECKLIST_PATH = '/dashboard/checklist';
const YEAR_SECONDS = 365 * 86_400;

export function addOverviewPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const { authenticated } = c.var;
    // Everyone who signed in has an account.
    return authenticated !== null && isAtLeast(authenticated.caller.role, 'viewer')
      ? showOverview(c)
      : c.redirect('/dashboard/account', 303);
  });

  app.post(CHECKLIST_PATH, async (c) => {
    const isShown = (await readForm(c)).show === 'yes';
    if (isShown) clearCookie(c, 'checklist');
    else writeCookie(c, 'checklist', 'hidden', YEAR_SECONDS);
    return redirectWith(
      c,
      PATH,
      isShown
        ? { text: 'The checklist is shown again.', tone: 'good' }
        : {
            text: 'The checklist is hidden in this browser.',
            tone: 'good',
            undo: { action: CHECKLIST_PATH, fields: { show: 'yes' } },
          },
    );
  });
}

async function showOverview(c: Context<HttpEnv>) {
  const {
    now,
    config: { db, locations: configured },
    caller: { restriction },
  } = c.var;
  const [states, unnotified] = await Promise.all([
    readStateCounts(db, restriction, now),
    countUnnotified(db, now, restriction),
  ]);
  const overview = await readOverview(db, {
    ...{ restriction, now, locations: configured },
    incidentIds: states.worst.flatMap(({ incidentId }) => incidentId ?? []),
  });
  const { tickAt, activity } = overview.locations;
  const ticksStopped = haveTicksStopped(activity, tickAt, now);
  return dashboardPage(c, {
    title: 'Overview',
    content: (
      <OverviewPage
        c={c}
        overview={overview}
        counts={ticksStopped ? countsWithoutData(states.counts) : states.counts}
        worst={ticksStopped ? states.worst.map(monitorWithoutData) : states.worst}
        unnotified={unnotified}
        stoppedSince={ticksStopped ? (tickAt ?? activity?.activeSince ?? now) : null}
        locations={worstFirst(locationViews(overview.locations, configured, now))}
        onCall={onCallNow(
          overview.schedules.filter((schedule) => isInside(restriction, schedule)),
          overview.people,
          now,
        )}
        hidesChecklist={readCookie(c, 'checklist') !== null}
      />
    ),
  });
}
