// The browser of the browser tests: Debian's, installed when that is possible. Without it these tests skip with a reason.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Installs the Debian package as root, saying so; does nothing when a browser is there. */
export function provideChromium(say: (line: string) => void): void {
  if (process.env.CHROMIUM || existsSync('/usr/bin/chromium')) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    say(
      'no browser: install chromium (or set CHROMIUM to its path), or run as root on Debian; browser tests will skip',
    );
    return;
  }
  say('installing Debian\u2019s chromium for the browser tests (apt-get install chromium) \u2026');
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const done = spawnSync('apt-get', args, { env, encoding: 'utf8' });
    if (done.status !== 0) {
      say(`apt-get ${args[0]} failed, so browser tests will skip: ${done.stderr.trim().split('\n').at(-1)}`);
      return;
    }
  }
}
