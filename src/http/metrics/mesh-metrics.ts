// Owns the metrics of the mesh itself: its health, its version, its locations. Pure.
import { locationId } from '../../channels/webhook-body.ts';
import { isHeartbeatLocation } from '../../engine/model/heartbeat.ts';
import { HEALTH_STATUSES, type HealthStatus } from '../../services/health/mesh-health.ts';
import type { WatchdogFacts } from '../../store/watchdogs.ts';
import type { MeshSnapshot } from '../monitor-status.ts';
import type { MetricFamily } from './exposition.ts';

export interface MeasuredMesh extends MeshSnapshot {
  readonly status: HealthStatus;
  /** The newest report with a measurement. Null before the first. */
  readonly newest: number | null;
  /** Newest reports of the watchdog, by region. */
  readonly watchdogs: readonly Pick<WatchdogFacts, 'region' | 'reportedAt'>[];
  /** When cron newest started a tick. Null before the first. */
  readonly cronAt: number | null;
  /** Of the newest backup that the mesh made by itself. Null before the first. */
  readonly backupAt: number | null;
}

const LOCATION_STATES = ['ok', 'quarantined', 'lost'] as const;

/** `whole`: the caller sees everything. The health of the mesh counts what restricted callers do not see. */
export function meshMetrics(mesh: MeasuredMesh, version: string, whole: boolean): MetricFamily[] {
  const { state, newest, cronAt, backupAt } = mesh;
  const locations = [...state.locations.values()].filter(
    (location) => location.enabled && !isHeartbeatLocation(location),
  );
  return [
    {
      ...{ name: 'probemesh_build_info', help: 'Always 1. Its label is the version of the coordinator.' },
      samples: [{ labels: { version }, value: 1 }],
    },
    {
      name: 'probemesh_location_state',
      help: 'Which state the location has: 1 for that of the label. A quarantined location does not vote, a lost one measures nothing.',
      samples: locations.flatMap(({ number, incident }) =>
        LOCATION_STATES.map((one) => ({
          labels: { location: locationId(state, number), state: one },
          value: (incident?.kind ?? 'ok') === one ? 1 : 0,
        })),
      ),
    },
    ...(whole
      ? [
          {
            name: 'probemesh_health',
            help: 'Which health the mesh has: 1 for that of the label. Stopped means that ticks or measurements have stopped.',
            samples: HEALTH_STATUSES.map((status) => ({
              labels: { status },
              value: mesh.status === status ? 1 : 0,
            })),
          },
          {
            name: 'probemesh_measurement_timestamp_seconds',
            help: 'Time of the newest report with a measurement. Missing before the first.',
            samples: newest === null ? [] : [{ labels: {}, value: newest / 1000 }],
          },
          {
            name: 'probemesh_watchdog_report_timestamp_seconds',
            help: 'Time of the newest report of the watchdog in the region of the label. Missing before the first.',
            samples: mesh.watchdogs.flatMap(({ region, reportedAt }) =>
              reportedAt === null ? [] : [{ labels: { region }, value: reportedAt / 1000 }],
            ),
          },
          {
            name: 'probemesh_cron_timestamp_seconds',
            help: 'When the cron trigger newest started a tick. While it is old, a substitute starts the ticks.',
            samples: cronAt === null ? [] : [{ labels: {}, value: cronAt / 1000 }],
          },
          {
            name: 'probemesh_backup_timestamp_seconds',
            help: 'The moment that the newest backup in the bucket of BACKUPS has. Missing before the first.',
            samples: backupAt === null ? [] : [{ labels: {}, value: backupAt / 1000 }],
          },
        ]
      : []),
  ];
}
