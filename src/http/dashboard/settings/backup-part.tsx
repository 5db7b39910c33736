// Owns the part of the page of settings about the backup that the mesh makes once a day. Does not make it.
import type { ScheduledBackupFacts } from '../../../store/backup/scheduled-backup.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { RelativeTime } from '../../ui/times.tsx';

interface BackupProps {
  /** Whether the binding BACKUPS exists. */
  readonly isExpected: boolean;
  /** Null: nothing is known yet. */
  readonly facts: ScheduledBackupFacts | null;
  readonly days: number;
  readonly now: number;
}

export const BackupPart = ({ isExpected, facts, days, now }: BackupProps) => (
  <section aria-labelledby="backup">
    <h2 id="backup">Backup</h2>
    <div class="plain">
      {isExpected ? (
        <>
          <p>The mesh makes a backup a day, and keeps it for {days} days.</p>
          <Newest newest={facts?.newest ?? null} now={now} />
          {facts?.failure ? (
            <p>
              <strong>
                The newest run failed <RelativeTime since={facts.failure.at} now={now} /> ago:{' '}
                <Breakable text={facts.failure.error} />
              </strong>
            </p>
          ) : null}
        </>
      ) : (
        <p>
          <strong>Not set up.</strong> The mesh makes no backups by itself: bind a bucket as{' '}
          <code>BACKUPS</code> in <code>wrangler.toml</code>, then deploy.
        </p>
      )}
    </div>
  </section>
);

const Newest = ({ newest, now }: { newest: ScheduledBackupFacts['newest']; now: number }) =>
  newest === null ? (
    <p>No backup is stored yet.</p>
  ) : (
    <dl class="facts">
      <dt>Newest</dt>
      <dd>
        <RelativeTime since={newest.at} now={now} /> ago
      </dd>
      <dt>Size</dt>
      <dd>
        {(newest.bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 2 })} MB,{' '}
        {newest.rows.toLocaleString('en')} rows
      </dd>
      <dt>Object in the bucket</dt>
      <dd>
        <Breakable text={newest.key} />
      </dd>
    </dl>
  );
