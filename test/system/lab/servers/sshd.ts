// Owns OpenSSH's server, for its banner and its timeouts. A login is impossible without authorized keys.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';
import { freePort, type LabServer, startServer } from './process.ts';

export async function startSshd(folder: string): Promise<LabServer> {
  const port = await freePort();
  const key = join(folder, 'host-key');
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.error?.message ?? made.stderr}`);
  const path = join(folder, 'sshd_config');
  writeFileSync(path, configuration(key, port));
  // sshd needs /run/sshd, which may be missing on the machine: it gets a private /run with that folder.
  const start = `mount -t tmpfs lab /run && mkdir -m 755 /run/sshd && exec ${programPath('sshd')} -D -e -f "$0"`;
  return startServer({ command: ['unshare', '--mount', '/bin/sh', '-c', start, path], port });
}

const configuration = (key: string, port: number): string => `
ListenAddress 127.0.0.1:${port}
HostKey ${key}
PidFile none
UsePAM no
AuthorizedKeysFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 1000
`;
