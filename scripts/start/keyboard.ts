// Owns the keys of a terminal: numbers break and repair targets and stop the job, letters break and repair locations and
// the machinery of the mesh.
import type { Fault } from '../local-lambda/faults.ts';
import type { FaultInjector } from './faults.ts';

/** Without `h` and `q`, which are commands. Those of the machinery come later in the alphabet. */
const LOCATION_KEYS = 'abcdefgijklm';
const BROKEN: Fault = { fault: 'hang' };
const REPAIRED: Fault = { fault: 'none' };
const CTRL_C = '\u0003';

/** One line for each key that has an effect here. */
export function describeKeys(faults: FaultInjector): string[] {
  const { targets, locations, machinery } = faults.state();
  const line = (key: string, name: string, broken: boolean): string =>
    `  ${key}  ${broken ? 'repair' : 'break '} ${name}`;
  return [
    ...Object.entries(targets).map(([name, { up }], index) => line(String(index + 1), name, !up)),
    ...Object.entries(locations).map(([id, { fault }], index) =>
      line(LOCATION_KEYS[index] ?? '', id, fault !== 'none'),
    ),
    ...Object.entries(machinery).map(([name, { up, key }]) => line(key, name, !up)),
    '  h  show this list',
    '  q  stop',
  ];
}

/** Unknown keys have no effect. */
export async function handleKey(
  key: string,
  faults: FaultInjector,
  actions: { readonly help: () => void; readonly quit: () => void },
): Promise<void> {
  if (key === 'q' || key === CTRL_C) return actions.quit();
  if (key === 'h' || key === '?') return actions.help();
  const { targets, locations, machinery } = faults.state();
  const target = Object.entries(targets)[Number(key) - 1];
  if (/^[1-9]$/.test(key) && target) return faults.setTarget(target[0], !target[1].up);
  const machine = Object.entries(machinery).find(([, one]) => one.key === key);
  if (machine) return faults.setMachine(machine[0], !machine[1].up);
  const location = Object.entries(locations)[LOCATION_KEYS.indexOf(key)];
  if (/^[a-z]$/.test(key) && location) {
    faults.setLocation(location[0], location[1].fault === 'none' ? BROKEN : REPAIRED);
  }
}

/** Reads keys from the terminal, if there is one, until the returned function is called. */
export function readKeys(onKey: (key: string) => void): () => void {
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
