// Debian packages that tests need a program of: installed as root only, in one line, without any service that starts.
// Nothing that is installed already is touched, and nothing is removed to make room.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export interface DebianPackage {
  readonly name: string;
  /** What is there when the package is. */
  readonly program: string;
  /** The service that it brings, which must not start: not now and not at the next boot. */
  readonly service?: string;
}

/** Asked by invoke-rc.d(8) before it starts anything; 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';
const NO_SERVICE =
  '#!/bin/sh\n# Of probemesh’s tests, while they install packages; delete it when none do.\nexit 101\n';

/** Installs what is missing, as far as it can be; `tests` says whose it is, and who skips without it. */
export function installMissing(
  packages: readonly DebianPackage[],
  tests: string,
  say: (line: string) => void,
): void {
  const missing = packages.filter(({ program }) => !existsSync(program));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' ');
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    say(`not installed: ${names}. Install them, or run as root on Debian; without them ${tests} skip`);
    return;
  }
  say(`installing Debian packages for the ${tests} (apt-get install ${names}) …`);
  const failure = apt(['update', '-qq']);
  if (failure !== null) say(`apt-get update failed: ${failure}`);
  withoutServices(() => {
    for (const one of missing) install(one, tests, say);
  });
}

/** One by one: a package that cannot be had costs only the tests that need it. */
function install({ name, service }: DebianPackage, tests: string, say: (line: string) => void): void {
  const failure = apt(['install', '-y', '-qq', '--no-install-recommends', '--no-remove', name]);
  if (failure !== null) say(`apt-get install ${name} failed, so ${tests} that need it skip: ${failure}`);
  else if (service !== undefined) spawnSync('update-rc.d', [service, 'disable']);
}

/** The last line of what it says when it fails; null when it does not. */
function apt(args: readonly string[]): string | null {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync('apt-get', args, { env, encoding: 'utf8' });
  return done.status === 0 ? null : (done.stderr.trim().split('\n').at(-1) ?? '');
}

function withoutServices(act: () => void): void {
  // One that an earlier run was killed over is ours to remove; anybody else's stays, and decides.
  const isOurs = (): boolean => existsSync(POLICY) && readFileSync(POLICY, 'utf8') === NO_SERVICE;
  if (!existsSync(POLICY)) writeFileSync(POLICY, NO_SERVICE, { mode: 0o755 });
  try {
    act();
  } finally {
    if (isOurs()) rmSync(POLICY);
  }
}
