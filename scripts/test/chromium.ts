// The browser of the browser tests: Debian's, installed when that is possible. Without it these tests skip with a reason.
import { installMissing } from './debian.ts';

/** Installs the Debian package as root, saying so; does nothing when a browser is there. */
export function provideChromium(say: (line: string) => void): void {
  if (process.env.CHROMIUM) return;
  installMissing([{ name: 'chromium', program: '/usr/bin/chromium' }], 'browser tests', say);
}
