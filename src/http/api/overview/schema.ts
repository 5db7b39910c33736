// Owns the small overview of the mesh as the API shows it.
import { z } from 'zod';
import { MAX_CHANGED, type Overview } from '../../../services/overview/read-overview.ts';
import { LIST_STATES, type ListState } from '../../../store/monitor-list-model.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';

const MEANINGS: Readonly<Record<ListState, string>> = {
  down: 'down',
  partial: 'down at some locations only',
  no_data: 'without enough recent measurements',
  degraded: 'up with warnings',
  maintenance: 'in maintenance, and neither down nor partial',
  paused: 'paused',
  pending: 'never checked yet',
  up: 'up',
};

const countsSchema = z
  .strictObject(
    Object.fromEntries(
      LIST_STATES.map((state) => [
        state,
        z
          .int()
          .min(0)
          .meta({ description: `Number of monitors that are ${MEANINGS[state]}.`, example: 0 }),
      ]),
    ) as Record<ListState, z.ZodInt>,
  )
  .meta({ description: 'Number of monitors in each state. Each monitor counts once.' });

const changedSchema = z.strictObject({
  id: z.string().meta({ description: 'The id of the monitor.', example: 'web-shop' }),
  state: z.enum(LIST_STATES).meta({ description: 'The state of the monitor.', example: 'down' }),
  since: timeSchema.meta({ description: 'The start of its verdict.' }),
});

const fresh = (what: string) =>
  z
    .boolean()
    .nullable()
    .meta({ description: `Whether ${what} are recent. Null while no monitor is active.`, example: true });

export const overviewSchema = z
  .strictObject({
    seq: z.int().min(0).meta({
      description: 'Grows with each change of a monitor. Send it as `since` with the next request.',
      example: 1_764_150_000_000,
    }),
    counts: countsSchema,
    openIncidents: z.int().min(0).meta({ description: 'Number of open incidents.', example: 1 }),
    liveness: z
      .strictObject({
        ticks: fresh('ticks'),
        measurements: fresh('measurements'),
        measuredAt: timeSchema
          .nullable()
          .meta({ description: 'When the newest report arrived. Null: none yet.' }),
      })
      .meta({
        description: 'Whether the mesh is working. While it is not, no state that was measured is known.',
      }),
    changed: z.array(changedSchema).meta({
      description: `Monitors that changed after \`since\`, at most ${MAX_CHANGED}. Empty without \`since\`.`,
    }),
    more: z
      .boolean()
      .meta({ description: `Whether more than ${MAX_CHANGED} monitors changed: read the list of monitors.` }),
  })
  .meta({ id: 'Overview', description: 'The state of the mesh in a few figures.' });

export const toOverviewResponse = (seq: number, overview: Overview): z.input<typeof overviewSchema> => ({
  seq,
  counts: overview.counts,
  openIncidents: overview.openIncidents,
  liveness: {
    ticks: overview.areTicksFresh,
    measurements: overview.areMeasurementsFresh,
    measuredAt: isoOrNull(overview.measuredAt),
  },
  changed: overview.changed.map(({ id, state, since }) => ({ id, state, since: iso(since) })),
  more: overview.isMore,
});
