// Owns the bucket of R2 for the backups of the day. A deployment makes it, and never deletes it: what it has is the last copy.
import type { Step } from '../step.ts';
import type { CloudflareContext } from './context.ts';
import type { WranglerResult } from './run-wrangler.ts';

export const BACKUP_BUCKET = 'cloudflare/backup-bucket';

/** Empty without the setting `backups`. */
export function backupBucketSteps({ wrangler, names, settings }: CloudflareContext): Step[] {
  if (settings.backups === null) return [];
  const name = names.backups;
  return [
    {
      id: BACKUP_BUCKET,
      title: `R2 bucket ${name}`,
      needs: [],
      async inspect() {
        const info = await wrangler.tryRun(
          `R2 bucket ${name} cannot be read`,
          ['r2', 'bucket', 'info', name, '--json'],
          isMissing,
        );
        return info === undefined
          ? { state: 'absent', detail: 'will be made' }
          : { state: 'same', detail: 'exists' };
      },
      async apply({ state }) {
        if (state === 'absent')
          await wrangler.run(`R2 bucket ${name} was not made`, ['r2', 'bucket', 'create', name]);
      },
    },
  ];
}

const isMissing = ({ stdout, stderr }: WranglerResult): boolean =>
  /bucket does not exist|code: 10006/.test(`${stderr}\n${stdout}`);
