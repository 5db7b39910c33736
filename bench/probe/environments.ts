// Where the targets are: on loopback, or a true 20 ms away, in a network namespace with nothing else in it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, findProgram, isRoot, launch, launchOwn } from './spawn.ts';

export interface Place {
  readonly name: string;
  /** Where its targets listen, and where a probe finds them. */
  readonly listenHost: string;
  readonly host: string;
  readonly captureInterface: string;
  readonly namespace?: string | undefined;
  close(): Promise<void>;
}

/** Another address than everybody's: nothing else listens or connects there. */
const LOOPBACK_HOST = '127.77.0.1';

export const loopback: Place = {
  name: 'loopback',
  listenHost: LOOPBACK_HOST,
  host: LOOPBACK_HOST,
  captureInterface: 'lo',
  close: async () => {},
};

const RTT_MS = 20;
const [RELAY_PORT, SOCAT_PORT] = ['7001', '7002'];
/** Probes refuse private addresses. These look public, and in the namespace there is no way out. */
const [NEAR, FAR] = ['198.20.0.1', '198.20.0.2'];
const TUN = 'far';
/** Of socat's socket, by SO_RCVBUFFORCE: a burst of handshakes must not be lost on the way. */
const BUFFER_BYTES = 1 << 23;

/** Opens the far place, or says why there is none here. */
export async function openFar(): Promise<Place | string> {
  if (!isRoot) return 'needs root, to make a network namespace';
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun';
  for (const [program, debian] of [
    ['socat', 'socat'],
    ['ip', 'iproute2'],
    ['nsenter', 'util-linux'],
  ] as const) {
    if (!findProgram(program)) return `needs ${program} (Debian: ${debian})`;
  }
  const namespace = `probemesh-${process.pid}`;
  ip('netns', 'add', namespace);
  process.on('exit', () => spawnSync('ip', ['netns', 'delete', namespace]));
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  const around = { side: 'around', namespace } as const;
  const relay = await launchOwn('./relay.ts', [RELAY_PORT, SOCAT_PORT, String(RTT_MS / 2)], around);
  const socat = launch(
    [
      'socat',
      `TUN:${NEAR}/24,up,iff-no-pi,tun-name=${TUN}`,
      `UDP4:127.0.0.1:${RELAY_PORT},bind=127.0.0.1:${SOCAT_PORT},setsockopt-int=1:33:${BUFFER_BYTES}`,
    ],
    around,
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  await untilUp(namespace);
  ip('-n', namespace, 'link', 'set', TUN, 'txqueuelen', '10000');
  return {
    name: `${RTT_MS} ms away`,
    listenHost: NEAR,
    host: FAR,
    captureInterface: TUN,
    namespace,
    async close() {
      await end(socat);
      await end(relay);
    },
  };
}

async function untilUp(namespace: string): Promise<void> {
  for (let tries = 100; tries > 0; tries -= 1) {
    const { stdout } = spawnSync('ip', ['-n', namespace, 'address', 'show', 'dev', TUN], {
      encoding: 'utf8',
    });
    if (stdout.includes(NEAR)) return;
    await sleep(50);
  }
  throw new Error(`socat made no device ${TUN} with the address ${NEAR} within 5 s`);
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}
