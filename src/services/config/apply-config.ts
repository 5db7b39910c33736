// Applies a configuration in one commit: creates or replaces its entries by id, and deletes the others of each kind that it
// names. A kind that it does not name stays. Does not define what a monitor or a channel may be.
import type { Caller } from '../../access/caller.ts';
import { enqueueDelivery } from '../../delivery/queue.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { auditStatements } from '../../store/audit.ts';
import { nextEnds } from '../../store/audit-chain.ts';
import { listChannels } from '../../store/channels.ts';
import { commitIfValid } from '../../store/commit.ts';
import { setContacts } from '../../store/people.ts';
import { loadState } from '../../store/shard.ts';
import { apiContext } from '../api-context.ts';
import type { ChannelDefinition } from '../channels/channels.ts';
import { syncLocations, withLocations } from '../locations/sync-locations.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';
import { contactsError, contactsWithout } from '../people/contacts.ts';
import type { Reference, ReferencedError } from '../references/reference.ts';
import type { ReportTargets } from '../report-schedules/check-references.ts';
import type { ReportScheduleDefinition } from '../report-schedules/report-schedule-record.ts';
import type { RouteDefinition } from '../routes/route-rules.ts';
import type { ScheduleDefinition } from '../schedules/schedule-record.ts';
import type { SettingsUpdate } from '../settings/settings.ts';
import type { PageDefinition } from '../status-pages/page-record.ts';
import { configurationRecord } from './audit-config.ts';
import { type DeletesRefused, refuseDeletes } from './delete-guard.ts';
import { type ChannelDiff, diffChannels } from './diff-channels.ts';
import { diffMonitors } from './diff-monitors.ts';
import { diffReportSchedules } from './diff-report-schedules.ts';
import { diffRouting, type Remaining } from './diff-routes.ts';
import { diffSchedules, type ScheduleDiff } from './diff-schedules.ts';
import { diffStatusPages } from './diff-status-pages.ts';
import { type KindPlan, withIds } from './entries.ts';

/** Entries of a kind that is undefined stay as they are. */
export interface Configuration {
  readonly monitors?: readonly MonitorDefinition[] | undefined;
  readonly channels?: readonly ChannelDefinition[] | undefined;
  readonly schedules?: readonly ScheduleDefinition[] | undefined;
  readonly routes?: readonly RouteDefinition[] | undefined;
  readonly statusPages?: readonly PageDefinition[] | undefined;
  readonly reportSchedules?: readonly ReportScheduleDefinition[] | undefined;
  readonly settings?: SettingsUpdate | undefined;
}

/** What a configuration changes. */
export interface ConfigurationPlan {
  readonly monitors: KindPlan;
  readonly channels: KindPlan;
  readonly schedules: KindPlan;
  /** Only of a configuration with routes. */
  readonly routes?: KindPlan;
  /** Only of a configuration with status pages. */
  readonly statusPages?: KindPlan;
  /** Only of a configuration with report schedules. */
  readonly reportSchedules?: KindPlan;
  /** The settings that change. Only of a configuration with settings. */
  readonly settings?: readonly string[];
  /** It deletes more than a mistake may delete. */
  readonly needsAllowDelete: boolean;
  /** What names a monitor or a channel that it deletes. Only with `detach`: otherwise they are a refusal. */
  readonly references: readonly Reference[];
}

export interface ApplyOptions {
  /** Returns the plan and changes nothing. */
  readonly dryRun: boolean;
  /** Deletes any number of entries. */
  readonly allowDelete: boolean;
  /** Removes what names a deleted entry too, instead of a refusal. */
  readonly detach: boolean;
}

const NO_CONTACTS = { references: [], people: [] } as const;

/** Carries the plan out of the commit, which it ends. */
interface Planned {
  readonly kind: 'planned';
  readonly plan: ConfigurationPlan;
}

/** Applies everything or nothing. The path of an error begins with the kind of the entry. */
export async function applyConfiguration(
  config: Config,
  wanted: Configuration,
  caller: Caller,
  { dryRun, allowDelete, detach }: ApplyOptions,
): Promise<Result<ConfigurationPlan, ValidationError | DeletesRefused | ReferencedError>> {
  const { now } = caller;
  const diffed = await diffChannels(config, wanted.channels, caller);
  if (!diffed.ok) return diffed;
  const channels = diffed.value;
  const scheduled = await diffSchedules(config.db, wanted.schedules, caller);
  if (!scheduled.ok) return scheduled;
  const schedules = scheduled.value;
  const isDeleted = (id: string) => channels.plan.delete.includes(id);
  const contacts =
    channels.plan.delete.length === 0 ? NO_CONTACTS : await contactsWithout(config.db, isDeleted);
  if (contacts.references.length > 0 && !detach) return err(contactsError(contacts.references));
  const context = apiContext(config, now);
  const stored = await loadState(config.db);
  const base = dryRun
    ? withLocations(stored, config.locations, now)
    : await syncLocations(context, stored, config.locations);
  let plan: ConfigurationPlan | undefined;
  const committed = await commitIfValid<ValidationError | DeletesRefused | ReferencedError | Planned>(
    context,
    base,
    async (state) => {
      // Before the reads: what is written in between takes the place in the chain, and this starts again.
      const ends = await nextEnds(config.db, config);
      const monitors = await diffMonitors(config, wanted.monitors, channels, state, caller, detach);
      if (!monitors.ok) return monitors;
      const remaining = remainingAfter(monitors.value, channels, schedules);
      const routing = await diffRouting(config, wanted, remaining, caller, detach);
      if (!routing.ok) return routing;
      const pages = await diffStatusPages(config, wanted, remaining, caller, detach);
      if (!pages.ok) return pages;
      const targets = await targetsAfter(config.db, wanted, monitors.value.ids, channels.ids);
      const reports = await diffReportSchedules(
        ...([config.db, wanted.reportSchedules, targets, remaining.channels.deleted] as const),
        ...([caller, detach] as const),
      );
      if (!reports.ok) return reports;
      const refused = refuseDeletes(
        ...([monitors.value, channels, schedules, routing.value, pages.value, reports.value] as const),
      );
      const references = [
        ...[...monitors.value.references, ...routing.value.references],
        ...[...pages.value.references, ...reports.value.references, ...contacts.references],
      ];
      plan = {
        monitors: monitors.value.plan,
        channels: channels.plan,
        schedules: schedules.plan,
        needsAllowDelete: refused !== null,
        references,
        ...(wanted.routes === undefined ? {} : { routes: routing.value.plan }),
        ...(wanted.statusPages === undefined ? {} : { statusPages: pages.value.plan }),
        ...(wanted.reportSchedules === undefined ? {} : { reportSchedules: reports.value.plan }),
        ...(wanted.settings === undefined ? {} : { settings: routing.value.settings }),
      };
      if (dryRun) return err({ kind: 'planned', plan });
      if (refused && !allowDelete) return err(refused);
      const { changes } = monitors.value;
      const statements = [
        ...channels.statements,
        ...setContacts(config.db, contacts.people, null, now),
        ...schedules.statements,
        ...monitors.value.statements,
        ...routing.value.statements,
        ...pages.value.statements,
        ...reports.value.statements,
        ...channels.resuming,
      ];
      // Everything is stored so already.
      if (changes.length + statements.length === 0) return err({ kind: 'planned', plan });
      const record = configurationRecord({
        monitors: monitors.value.differences,
        channels: channels.differences,
        schedules: schedules.differences,
        ...routing.value.differences,
        statusPages: pages.value.differences,
        reportSchedules: reports.value.differences,
        references,
      });
      const audit = await auditStatements(config.db, config, caller, record, {}, ends);
      return ok({ entry: { kind: 'change', changes }, statements: [...statements, ...audit] });
    },
  );
  if (!committed.ok) {
    const { error } = committed;
    return error.kind === 'planned' ? ok(error.plan) : err(error);
  }
  await Promise.all(channels.resumed.map((id) => enqueueDelivery(config, id, 0)));
  return ok(plan!);
}

/** What report schedules may name: the caller of a configuration has no restriction. */
async function targetsAfter(
  db: D1Database,
  { channels = [], reportSchedules }: Configuration,
  monitors: ReadonlySet<string>,
  channelIds: ReadonlySet<string>,
): Promise<ReportTargets> {
  const stored = reportSchedules === undefined ? [] : await listChannels(db);
  const types = new Map([
    ...stored.map(({ id, type }) => [id, type] as const),
    ...withIds(channels, 'channel').map(({ id, type }) => [id, type] as const),
  ]);
  return {
    ...{ monitors, monitorsInside: monitors },
    channels: new Map([...channelIds].map((id) => [id, { type: types.get(id) ?? '', isInside: true }])),
  };
}

const remainingAfter = (
  monitors: { readonly ids: ReadonlySet<string>; readonly plan: KindPlan },
  channels: ChannelDiff,
  schedules: ScheduleDiff,
): Remaining => ({
  monitors: { ids: monitors.ids, deleted: new Set(monitors.plan.delete) },
  channels: { ids: channels.ids, deleted: new Set(channels.plan.delete) },
  schedules: schedules.remaining,
  deletedSchedules: new Set(schedules.plan.delete),
});
