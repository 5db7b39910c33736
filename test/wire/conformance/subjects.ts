// A good server for each check, and what the check must say of it when it is spoiled. A new check needs an entry here.
import { answered, startDnsServer } from '../dns-server.ts';
import { startEcho, startTalker } from '../talkers.ts';
import { openTarget } from '../targets.ts';
import { webSubjects } from './web-subjects.ts';

export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

/** What is done to the conversation; see middleman.ts. `stopped`: the kernel accepts, and nobody ever answers. */
export type Trouble = 'stopped' | 'reset' | 'end' | 'stall' | 'trickle' | 'garbage' | 'babble';

export interface Subject {
  readonly transport: 'tcp' | 'udp';
  /** A server that makes the check ok. */
  start(): Promise<Server>;
  /** The check, towards a port of 127.0.0.1. */
  options(port: number): { readonly type: string } & Readonly<Record<string, unknown>>;
  /** The last byte of the server's transcript matters as much as the first. */
  readonly everyByteCounts: boolean;
  /** Outcomes that are right, in words. */
  readonly expected: Readonly<Record<Trouble, readonly string[]>>;
}

const HOST = '127.0.0.1';

/** What a conversation must say: whoever is silent or slow has timed out, and nonsense is no reply. */
const conversation: Subject['expected'] = {
  stopped: ['failed timeout'],
  reset: ['failed reset'],
  end: ['failed unexpected_reply'],
  stall: ['failed timeout'],
  trickle: ['failed timeout'],
  garbage: ['failed unexpected_reply'],
  babble: ['failed unexpected_reply'],
};

const OK = ['ok'];

export const subjects: Readonly<Record<string, Subject>> = {
  tcp: {
    transport: 'tcp',
    start: () => openTarget(),
    options: (port) => ({ type: 'tcp', host: HOST, port }),
    everyByteCounts: false,
    // Of what is said on a connection it knows nothing; a reset at once it does see.
    expected: {
      stopped: OK,
      reset: ['failed reset'],
      end: OK,
      stall: OK,
      trickle: OK,
      garbage: OK,
      babble: OK,
    },
  },
  dns: {
    transport: 'udp',
    start: () =>
      startDnsServer((query) => [
        answered(query, [{ type: 'A', name: 'shop.example.com', data: '192.0.2.1' }]),
      ]),
    options: (port) => ({ type: 'dns', name: 'shop.example.com', server: HOST, port }),
    everyByteCounts: false,
    expected: conversation,
  },
  udp: {
    transport: 'udp',
    start: startEcho,
    options: (port) => ({ type: 'udp', host: HOST, port, send: 'how are you', expect: 'how are you' }),
    everyByteCounts: false,
    expected: conversation,
  },
  script: {
    transport: 'tcp',
    start: () =>
      startTalker((talk) => {
        talk.say('+HELLO\r\n');
        talk.onLine((line) => talk.say(line === 'PING' ? '+PONG\r\n' : '-ERR\r\n'));
      }),
    options: (port) => ({
      ...{ type: 'script', host: HOST, port },
      steps: [
        { expect: '+HELLO', unless: '^[^+]' },
        { send: 'PING\r\n' },
        { expect: '+PONG', unless: '^[^+]' },
      ],
    }),
    // The line break of the last line is waited for, and not missed when the peer ends without it.
    everyByteCounts: false,
    expected: {
      ...conversation,
      // What has no line break in it is no line yet.
      garbage: ['failed unexpected_reply', 'failed timeout'],
    },
  },
  ...webSubjects,
};
export { conversation };
