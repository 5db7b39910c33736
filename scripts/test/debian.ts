// Owns installing Debian packages whose programs tests need: as root only, announced in one line, without starting services.
// Does not change or remove any installed package.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export interface DebianPackage {
  readonly name: string;
  /** Exists if the package is installed. */
  readonly program: string;
  /** The service of the package, which must not start, now or at the next boot. */
  readonly service?: string;
}

/** invoke-rc.d(8) runs it before it starts a service; exit code 101 forbids the start. */
const POLICY = '/usr/sbin/policy-rc.d';
const NO_SERVICE =
  '#!/bin/sh\n# probemesh’s tests made it to install packages without services; delete it if none of them runs.\nexit 101\n';

/** Installs missing packages, as far as possible; `tests` names the tests that skip without them. */
export function installMissing(
  packages: readonly DebianPackage[],
  tests: string,
  log: (line: string) => void,
): void {
  const missing = packages.filter(({ program }) => !existsSync(program));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' ');
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    log(`not installed: ${names}. Install them, or run as root on Debian; without them ${tests} skip`);
    return;
  }
  log(`installing Debian packages for the ${tests} (apt-get install ${names}) …`);
  const failure = apt(['update', '-qq']);
  if (failure !== null) log(`apt-get update failed: ${failure}`);
  withoutServices(() => {
    for (const one of missing) install(one, tests, log);
  });
}

/** One by one, because a package that fails must skip only the tests that need it. */
function install({ name, service }: DebianPackage, tests: string, log: (line: string) => void): void {
  const failure = apt(['install', '-y', '-qq', '--no-install-recommends', '--no-remove', name]);
  if (failure !== null) log(`apt-get install ${name} failed, so ${tests} that need it skip: ${failure}`);
  else if (service !== undefined) spawnSync('update-rc.d', [service, 'disable']);
}

/** The last line of its error output if it fails; otherwise null. */
function apt(args: readonly string[]): string | null {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync('apt-get', args, { env, encoding: 'utf8' });
  return done.status === 0 ? null : (done.stderr.trim().split('\n').at(-1) ?? '');
}

function withoutServices(act: () => void): void {
  // Remove a policy that a killed run left. The policy of another program stays, and applies.
  const isOurs = (): boolean =>
    existsSync(POLICY) && readFileSync(POLICY, 'utf8').includes('probemesh’s tests');
  if (!existsSync(POLICY)) writeFileSync(POLICY, NO_SERVICE, { mode: 0o755 });
  try {
    act();
  } finally {
    if (isOurs()) rmSync(POLICY);
  }
}
