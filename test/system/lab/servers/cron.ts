// Owns Debian's cron: a real daemon with a crontab of its own. It is in mount and process namespaces, so that it neither sees
// nor changes the crontabs of the machine, and its jobs end with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';

export interface LabCron {
  /** What the daemon wrote. */
  output(): string;
  /** No job runs any more. */
  close(): Promise<void>;
}

const TIED = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child=KILL'];

/** `lines` are those of the crontab of root. */
export async function startCron(folder: string, lines: readonly string[]): Promise<LabCron> {
  const crontab = join(folder, 'crontab');
  // Nobody gets mail.
  writeFileSync(crontab, `${['MAILTO=""', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...lines].join('\n')}\n`);
  const script = `set -e
mount -t proc proc /proc
for place in /etc/cron.d /var/spool/cron /run; do mount -t tmpfs tmpfs "$place"; done
mount --bind /dev/null /etc/crontab
mkdir -m 1730 /var/spool/cron/crontabs
cp ${crontab} /var/spool/cron/crontabs/root
chmod 600 /var/spool/cron/crontabs/root
exec ${programPath('cron')} -f`;
  const child: ChildProcess = spawn(TIED[0]!, [...TIED.slice(1), '/bin/sh', '-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'spawn');
  return {
    output: () => Buffer.concat(output).toString('utf8'),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      process.kill(-child.pid!, 'SIGKILL');
      await gone;
    },
  };
}
