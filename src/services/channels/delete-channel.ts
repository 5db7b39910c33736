// Deletes a channel, with its references if asked: the row and the monitors that list it, in one commit. A monitor that
// is written at the same time conflicts with that commit, so that no monitor lists a channel that is gone.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { auditStatements } from '../../store/audit.ts';
import { nextEnds } from '../../store/audit-chain.ts';
import * as store from '../../store/channels.ts';
import { commitIfValid } from '../../store/commit.ts';
import { setContacts } from '../../store/people.ts';
import { listReportSchedules, replaceReportSchedule } from '../../store/report-schedules.ts';
import { listRoutes, replaceRoute } from '../../store/routes.ts';
import { readDefaultChannels, writeDefaultChannels } from '../../store/settings.ts';
import { loadState } from '../../store/shard.ts';
import { listStatusPages, replaceStatusPage } from '../../store/status-pages.ts';
import { ifInside } from '../access/references.ts';
import { apiContext } from '../api-context.ts';
import { versionError } from '../expected-version.ts';
import { contactsWithout } from '../people/contacts.ts';
import { detachPages } from '../references/detach-pages.ts';
import { detachDefaults, detachRoutes, NOTHING_GONE } from '../references/detach-routes.ts';
import {
  channelReference,
  outsideReferencesError,
  type Reference,
  type ReferencedError,
  referencedError,
} from '../references/reference.ts';
import { detachReportSchedules } from '../report-schedules/detach-channel.ts';
import { channelRecord } from './channel-record.ts';
import { channelChanged, unknownChannel } from './channels.ts';

export interface DeleteChannelOptions {
  readonly expectedVersion?: number | undefined;
  /** Removes the channel from the monitors that list it, instead of a refusal. */
  readonly detach?: boolean;
}

/** Returns the references that it removed. Without `detach`, a reference is a refusal, and nothing changes. */
export async function deleteChannel(
  config: Config,
  id: string,
  caller: Caller,
  { expectedVersion, detach = false }: DeleteChannelOptions = {},
): Promise<Result<readonly Reference[], ValidationError | VersionError | ReferencedError>> {
  const { db } = config;
  let references: readonly Reference[] = [];
  const committed = await commitIfValid<ValidationError | VersionError | ReferencedError>(
    apiContext(config, caller.now),
    await loadState(db),
    async () => {
      // Before the reads: a route that is written in between takes the place in the chain, and this starts again.
      const ends = await nextEnds(db, config);
      const [found, users, routes, defaults, pages, reportSchedules] = await Promise.all([
        ...([store.findChannel(db, id), store.monitorsUsing(db, id), listRoutes(db)] as const),
        ...([readDefaultChannels(db), listStatusPages(db), listReportSchedules(db)] as const),
      ]);
      const row = ifInside(caller.restriction, found);
      if (!row) return err(unknownChannel(id));
      const outdated = versionError(`The channel "${id}"`, row, expectedVersion);
      if (outdated) return err(outdated);
      // Monitors with "default" do not name it.
      const shown = users.filter((user) => isInside(caller.restriction, user));
      const contacts = await contactsWithout(db, (channel) => channel === id);
      // People are outside of every restriction.
      const people = caller.restriction === null ? contacts.references : [];
      const gone = { ...NOTHING_GONE, channel: (one: string) => one === id };
      const cut = detachRoutes(routes, gone, caller.now);
      const cutPages = detachPages(pages, gone, caller.now);
      const shownPages = cutPages.filter(({ before }) => isInside(caller.restriction, before));
      const shownRoutes = cut.filter(({ before }) => isInside(caller.restriction, before));
      const reports = detachReportSchedules(reportSchedules, gone.channel, caller.now);
      const shownReports = reports.filter(({ row: report }) => isInside(caller.restriction, report));
      const setting = detachDefaults(defaults.ids, gone.channel);
      // Only callers without a restriction change settings.
      const shownSetting = caller.restriction === null ? setting : null;
      references = [
        ...shown.map((user) => channelReference(user, user.channels.length - 1)),
        ...[...shownRoutes, ...shownPages].flatMap((one) => one.references),
        ...shownReports.map(({ reference }) => reference),
        ...(shownSetting ? [shownSetting.reference] : []),
        ...people,
      ];
      const areAllShown =
        shownRoutes.length === cut.length &&
        shownPages.length === cutPages.length &&
        shownReports.length === reports.length &&
        shownSetting === setting &&
        people.length === contacts.references.length;
      if (shown.length < users.length || !areAllShown)
        return err(outsideReferencesError(`The channel "${id}"`, references));
      if (references.length > 0 && !detach) return err(referencedError(`The channel "${id}"`, references));
      const record = channelRecord('deleted', row);
      const before = references.length === 0 ? record.before : { ...(record.before as object), references };
      // The engine knows no channel, so the entry is empty: it is the lock.
      return ok({
        entry: { kind: 'change', changes: [] },
        statements: [
          ...setContacts(db, contacts.people, row, caller.now),
          ...cut.map(({ before: route, after }) =>
            replaceRoute(db, after ?? route, route.version, store.isVersion(row)),
          ),
          ...reports.map(({ row: report }) => replaceReportSchedule(db, report, store.isVersion(row))),
          ...(setting
            ? [writeDefaultChannels(db, setting.kept, defaults.version, caller.now, store.isVersion(row))]
            : []),
          ...cutPages.map(({ after }) => replaceStatusPage(db, after)),
          ...store.removeChannel(db, row, users),
          ...(await auditStatements(db, config, caller, { ...record, before }, { ifChanged: true }, ends)),
        ],
      });
    },
  );
  if (!committed.ok) return committed;
  return (await store.findChannel(db, id)) ? err(channelChanged(id, expectedVersion)) : ok(references);
}
