// Owns the environments of the targets: loopback, or a network namespace with a real round trip of 20 ms.
// Does not start targets.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, findProgram, isRoot, spawnOwn, spawnProgram } from './spawn.ts';

export interface Environment {
  readonly name: string;
  /** Address on which the targets listen. */
  readonly listenHost: string;
  /** Address to which a probe connects. */
  readonly host: string;
  readonly captureInterface: string;
  readonly namespace?: string | undefined;
  close(): Promise<void>;
}

/** An address on which nothing else listens or connects. */
const LOOPBACK_HOST = '127.77.0.1';

export const loopback: Environment = {
  name: 'loopback',
  listenHost: LOOPBACK_HOST,
  host: LOOPBACK_HOST,
  captureInterface: 'lo',
  close: async () => {},
};

const RTT_MS = 20;
const [RELAY_PORT, SOCAT_PORT] = ['7001', '7002'];
/** Probes refuse private addresses, so these are public ones. The namespace has no route out. */
const [NEAR, FAR] = ['198.20.0.1', '198.20.0.2'];
const TUN = 'far';
/** Receive buffer of socat's socket (SO_RCVBUFFORCE), large enough for a burst of handshakes. */
const BUFFER_BYTES = 1 << 23;

/** Opens the remote environment. Returns a reason if this machine does not allow it. */
export async function openRemote(): Promise<Environment | string> {
  if (!isRoot) return 'a network namespace needs root';
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
  const relay = await spawnOwn('./relay.ts', [RELAY_PORT, SOCAT_PORT, String(RTT_MS / 2)], around);
  const socat = spawnProgram(
    [
      'socat',
      `TUN:${NEAR}/24,up,iff-no-pi,tun-name=${TUN}`,
      `UDP4:127.0.0.1:${RELAY_PORT},bind=127.0.0.1:${SOCAT_PORT},setsockopt-int=1:33:${BUFFER_BYTES}`,
    ],
    around,
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  await waitUntilUp(namespace);
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

async function waitUntilUp(namespace: string): Promise<void> {
  for (let tries = 100; tries > 0; tries -= 1) {
    const { stdout } = spawnSync('ip', ['-n', namespace, 'address', 'show', 'dev', TUN], {
      encoding: 'utf8',
    });
    if (stdout.includes(NEAR)) return;
    await sleep(50);
  }
  throw new Error(`socat did not create the device ${TUN} with the address ${NEAR} within 5 s`);
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}
