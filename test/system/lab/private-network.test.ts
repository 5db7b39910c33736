// A private address, and a hosts file of its own, in namespaces of their own: check-target reaches what this machine reaches.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { because } from '../../support/missing-program.ts';
import { makeFolder } from './folder.ts';
import { labProblem, programPath } from './packages.ts';

const BOOT = fileURLToPath(new URL('../../../scripts/bootstrap.mjs', import.meta.url));
const PORT = 20_711;
const LISTEN = `require('node:net').createServer((peer) => peer.end()).listen(${PORT}, '::')`;

const problem = labProblem('ip');

describe.skipIf(problem !== null)(`a machine with a private network${because(problem)}`, () => {
  let folder: ReturnType<typeof makeFolder>;
  beforeAll(() => {
    folder = makeFolder();
    writeFileSync(join(folder.path, 'hosts'), '127.0.0.1 localhost\n10.0.0.5 Shop.intra.test\n');
    writeFileSync(join(folder.path, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  });
  afterAll(() => folder.remove());

  /** The machine has 10.0.0.5 and fd00::5, a hosts file with one name, and no name server. */
  function checkTarget(...args: string[]): Promise<{ code: number; out: string }> {
    const script = `set -e
      ip link set lo up; ip address add 10.0.0.5/32 dev lo; ip -6 address add fd00::5/128 dev lo nodad
      mount --bind ${folder.path}/hosts /etc/hosts; mount --bind ${folder.path}/resolv.conf /etc/resolv.conf
      ${process.execPath} -e "${LISTEN}" & listener=$!
      set +e; ${process.execPath} ${BOOT} check-target "$@"; code=$?; kill $listener; exit $code`;
    const command = ['--net', '--mount', '--', 'sh', '-c', script, 'sh', ...args];
    const env = { ...process.env, PATH: `${join(programPath('ip'), '..')}:${process.env.PATH}` };
    return new Promise((resolve) => {
      execFile('unshare', command, { env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
      );
    });
  }

  test('check-target refuses a private address and names the option, with which it is ok', async () => {
    const refused = await checkTarget(`10.0.0.5:${PORT}`);
    expect(refused.out).toContain(
      '10.0.0.5 is a private address. Start with --allow-cidrs 10.0.0.0/8 to watch it.',
    );
    expect(refused.code).toBe(1);
    const allowed = await checkTarget(`10.0.0.5:${PORT}`, '--allow-cidrs', '10.0.0.0/8');
    expect(allowed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^this machine {2}ok at 10\.0\.0\.5\n/),
    });
  });

  test('check-target reaches a private IPv6 address, and a name that only the hosts file has', async () => {
    const six = await checkTarget(`[fd00::5]:${PORT}`, '--allow-cidrs', 'fd00::/8');
    expect(six).toMatchObject({ code: 0, out: expect.stringMatching(/^this machine {2}ok at fd00::5\n/) });
    const name = await checkTarget(`shop.intra.test:${PORT}`, '--allow-cidrs', '10.0.0.5/32');
    expect(name).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^this machine {2}ok at 10\.0\.0\.5\n/),
    });
  });

  test('without a name server, check-target measures nothing, because of this machine', async () => {
    // The second name has no dot, so the system's resolver queries it.
    for (const name of ['gone.intra.test', 'gone']) {
      const { code, out } = await checkTarget(`${name}:${PORT}`);
      expect(out).toMatch(
        /^this machine {2}unmeasured location_offline\n {2}the name servers of this machine do not work: /,
      );
      expect(code).toBe(3);
    }
  });
});
