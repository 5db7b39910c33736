// The keys of a terminal: numbers break and mend targets, letters break and mend locations.
import type { Fault } from '../local-lambda/faults.ts';
import type { Breakables } from './faults.ts';

/** Without `h` and `q`, which have their own meaning. */
const LOCATION_KEYS = 'abcdefgijklm';
const BROKEN: Fault = { fault: 'hang' };
const MENDED: Fault = { fault: 'none' };
const CTRL_C = '\u0003';

/** One line a key; only those that do something here. */
export function describeKeys(breakables: Breakables): string[] {
  const { targets, locations } = breakables.state();
  const line = (key: string, name: string, broken: boolean): string =>
    `  ${key}  ${broken ? 'mend ' : 'break'} ${name}`;
  return [
    ...Object.entries(targets).map(([name, { up }], index) => line(String(index + 1), name, !up)),
    ...Object.entries(locations).map(([id, { fault }], index) =>
      line(LOCATION_KEYS[index] ?? '', id, fault !== 'none'),
    ),
    '  h  this list',
    '  q  stop',
  ];
}

/** Does what a key says. Unknown keys do nothing. */
export async function press(
  key: string,
  breakables: Breakables,
  actions: { readonly help: () => void; readonly quit: () => void },
): Promise<void> {
  if (key === 'q' || key === CTRL_C) return actions.quit();
  if (key === 'h' || key === '?') return actions.help();
  const { targets, locations } = breakables.state();
  const target = Object.entries(targets)[Number(key) - 1];
  if (/^[1-9]$/.test(key) && target) return breakables.setTarget(target[0], !target[1].up);
  const location = Object.entries(locations)[LOCATION_KEYS.indexOf(key)];
  if (/^[a-z]$/.test(key) && location) {
    breakables.setLocation(location[0], location[1].fault === 'none' ? BROKEN : MENDED);
  }
}

/** Listens to the terminal, if there is one; the answer gives it back. */
export function listenToKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || !process.stdout.isTTY) return () => {};
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  const onData = (text: string): void => {
    for (const key of text) onKey(key);
  };
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
