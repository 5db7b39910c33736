// Every check over TCP against a name of which one address accepts connections and resets them at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../probes/contract/index.ts';
import { words } from '../support/net/ask-probe.ts';
import { noOpenssl } from '../support/net/certificates.ts';
import { checkServers, type Server } from '../support/net/check-servers.ts';
import { type Listener, resetOn } from '../support/net/listeners.ts';
import { addressWarnings, checkName, NAME } from '../support/net/named-addresses.ts';

const [ALIVE, RESETTING, REFUSING, ALSO_RESETTING] = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'];

const withoutOpenssl = noOpenssl !== null;
const subjects = checkServers.filter(
  ({ transport, needsOpenssl }) => transport === 'tcp' && !(needsOpenssl && withoutOpenssl),
);

describe.each(subjects)('the $title check of a name with an address that resets', (subject) => {
  let server: Server;
  let resetting: Listener[];
  let run: (addresses: readonly string[], more?: object) => Promise<Observation>;
  beforeAll(async () => {
    server = await subject.start();
    const { port } = server;
    resetting = await Promise.all([RESETTING, ALSO_RESETTING].map((host) => resetOn(host, port)));
    const check = JSON.parse(JSON.stringify(subject.options(port)).replaceAll(ALIVE, NAME)) as object;
    run = (addresses, more = {}) => checkName({ ...check, ...more }, { addresses });
  });
  afterAll(async () => {
    await Promise.all([server, ...resetting].map((one) => one.close()));
  });

  test('the run goes on with the next address, and the warning names each one that failed', async () => {
    const observation = await run([RESETTING, REFUSING, ALIVE]);
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    const { port } = server;
    expect(addressWarnings(observation)).toEqual([
      expect.stringContaining(`2 of 3 addresses of ${NAME}:${port} failed: ${RESETTING}:${port} `),
    ]);
    expect(addressWarnings(observation)[0]).toContain(`${REFUSING}:${port} refused the connection`);
  });

  test('the run fails if every address resets or refuses, and the detail names each', async () => {
    const observation = await run([REFUSING, RESETTING, ALSO_RESETTING]);
    expect(words(observation)).toBe('failed reset');
    for (const address of [REFUSING, RESETTING, ALSO_RESETTING])
      expect(observation).toHaveProperty('detail', expect.stringContaining(address));
  });

  test('the run fails if all addresses are needed', async () => {
    expect(await run([ALIVE, RESETTING], { addresses: 'all' })).toMatchObject({
      outcome: 'failed',
      code: 'reset',
      address: RESETTING,
    });
  });
});

test('a POST is not sent again, since the server that reset may have acted on it', async () => {
  const resetting = await resetOn(RESETTING, 0);
  const check = { type: 'http', method: 'POST', url: `http://${NAME}:${resetting.port}/` };
  const observation = await checkName(check, { addresses: [RESETTING, ALIVE] });
  expect(words(observation)).toBe('failed reset');
  expect(resetting.accepted()).toBe(1);
  await resetting.close();
});
