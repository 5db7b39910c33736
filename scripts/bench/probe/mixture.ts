// What a mixed batch is made of: for each type of check an answering target and one that hangs. A new type is one entry.
import net from 'node:net';
import { checkTypes } from '../../../probes/checks/catalogue.ts';
import type { Look } from '../../../probes/contract/index.ts';
import { FIRST_PORT, MOST_TARGETS, tcpCheck } from './asking.ts';
import { launchOwn } from './launch.ts';

type CheckOptions = Look['check'];

interface Kind {
  readonly type: string;
  /** Options for the nth look of this type. */
  answering(host: string, index: number): CheckOptions;
  hanging(host: string, index: number): CheckOptions;
}

/** Its accept queue is full, so the kernel drops every SYN. */
const FULL_PORT = FIRST_PORT + MOST_TARGETS;

const KINDS: readonly Kind[] = [
  {
    type: 'tcp',
    answering: (host, index) => tcpCheck(host, FIRST_PORT + (index % MOST_TARGETS)),
    hanging: (host) => tcpCheck(host, FULL_PORT),
  },
];

/** Every so many looks one hangs. */
const HANGING_EVERY = 10;

/** The types in turn, as far as this probe knows them. */
export function mixedChecks(host: string, looks: number): CheckOptions[] {
  const kinds = KINDS.filter(({ type }) => checkTypes.includes(type));
  return Array.from({ length: looks }, (_, index) => {
    const kind = kinds[Math.floor(index / HANGING_EVERY) % kinds.length]!;
    return index % HANGING_EVERY === 0 ? kind.hanging(host, index) : kind.answering(host, index);
  });
}

export const mixedTypes = (): string[] =>
  KINDS.map(({ type }) => type).filter((type) => checkTypes.includes(type));

/** Until a connection that is not made counts as dropped, ms. */
const PATIENCE_MS = 300;

/** Opens the port that drops everything; it is closed with the answered function. */
export async function openFullPort(host: string): Promise<() => void> {
  const listener = await launchOwn('./listeners.ts', [host, String(FULL_PORT), '1', '1'], { side: 'around' });
  listener.kill('SIGSTOP');
  const fillers: net.Socket[] = [];
  for (let isFull = false; !isFull; ) {
    const filler = net.connect({ host, port: FULL_PORT });
    fillers.push(filler);
    isFull = await new Promise<boolean>((resolve) => {
      filler.once('connect', () => resolve(false));
      // Closing the port resets what waits on it.
      filler.on('error', () => {});
      setTimeout(resolve, PATIENCE_MS, true);
    });
  }
  return () => {
    for (const filler of fillers) filler.destroy();
    listener.kill('SIGKILL');
  };
}
