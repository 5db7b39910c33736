// Owns the requirements of the lab: programs of Debian packages, root, and a kernel with namespaces. Names what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { DebianPackage } from '../../../scripts/test/debian.ts';

const PACKAGES = {
  ip: { name: 'iproute2', program: '/usr/sbin/ip' },
  nft: { name: 'nftables', program: '/usr/sbin/nft', service: 'nftables' },
  openssl: { name: 'openssl', program: '/usr/bin/openssl' },
  nginx: { name: 'nginx', program: '/usr/sbin/nginx', service: 'nginx' },
  nsd: { name: 'nsd', program: '/usr/sbin/nsd', service: 'nsd' },
  sshd: { name: 'openssh-server', program: '/usr/sbin/sshd', service: 'ssh' },
  redis: { name: 'redis-server', program: '/usr/bin/redis-server', service: 'redis-server' },
  // Not an MTA, because its installation would replace the MTA of the machine.
  smtpd: { name: 'python3-aiosmtpd', program: '/usr/bin/aiosmtpd' },
  alertmanager: {
    name: 'prometheus-alertmanager',
    program: '/usr/bin/prometheus-alertmanager',
    service: 'prometheus-alertmanager',
  },
  // With promtool.
  prometheus: { name: 'prometheus', program: '/usr/bin/prometheus', service: 'prometheus' },
  cron: { name: 'cron', program: '/usr/sbin/cron', service: 'cron' },
  curl: { name: 'curl', program: '/usr/bin/curl' },
  'systemd-analyze': { name: 'systemd', program: '/usr/bin/systemd-analyze' },
  shellcheck: { name: 'shellcheck', program: '/usr/bin/shellcheck' },
} as const satisfies Record<string, DebianPackage>;

export type Program = keyof typeof PACKAGES;

export const LAB_PACKAGES: readonly DebianPackage[] = Object.values(PACKAGES);

export const programPath = (program: Program): string => PACKAGES[program].program;

/** Why tests that need these programs cannot run here; null if they can. */
export function labProblem(...programs: readonly Program[]): string | null {
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.getuid?.() !== 0) return 'the lab needs root';
  const missing = programs.map((program) => PACKAGES[program]).filter(({ program }) => !existsSync(program));
  if (missing.length > 0) return `not installed: ${missing.map(({ name }) => name).join(', ')}`;
  return namespaceProblem();
}

/** Why this kernel, or the container, does not allow namespaces; null if it does. */
function namespaceProblem(): string | null {
  const tried = spawnSync('unshare', ['--net', '--mount', '--pid', '--fork', 'true'], { encoding: 'utf8' });
  if (tried.status === 0) return null;
  return `namespaces are not available: ${tried.error?.message ?? tried.stderr.trim()}`;
}
