// Owns installing the browser of the browser tests, which is Debian's. Without it these tests skip with a reason.
import { installMissing } from './debian.ts';

/** As root only; `log` gets what is installed. Does nothing if a browser is installed. */
export function provideChromium(log: (line: string) => void): void {
  if (process.env.CHROMIUM) return;
  installMissing([{ name: 'chromium', program: '/usr/bin/chromium' }], 'browser tests', log);
}
