// Every check of the catalogue against a name with several addresses, of which some are dead.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { words } from '../support/net/ask-probe.ts';
import { opensslIsMissing } from '../support/net/certificates.ts';
import { type CheckServer, checkServers, type Server } from '../support/net/check-servers.ts';
import { addressWarnings, checkName, NAME } from '../support/net/named-addresses.ts';

const ALIVE = '127.0.0.1';
/** No server of this file listens on these: their ports are closed. */
const DEAD = '127.0.0.2';
const ALSO_DEAD = '127.0.0.3';

const withoutOpenssl = opensslIsMissing();
const subjects = checkServers.filter(({ needsOpenssl }) => !(needsOpenssl && withoutOpenssl));

/** The options of a healthy server, with the name in place of its address. */
const named = (subject: CheckServer, port: number): object =>
  JSON.parse(JSON.stringify(subject.options(port)).replaceAll(ALIVE, NAME));

describe.each(subjects)('the $title check of a name with several addresses', (subject) => {
  let server: Server;
  let check: object;
  beforeAll(async () => {
    server = await subject.start();
    check = named(subject, server.port);
  });
  afterAll(() => server.close());

  test('a dead address before a healthy one leaves the run ok, with a warning that names it', async () => {
    const observation = await checkName(check, { addresses: [DEAD, ALIVE] });
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    expect(addressWarnings(observation)).toEqual([
      `1 of 2 addresses of ${NAME}:${server.port} failed: ${DEAD}:${server.port} refused the connection`,
    ]);
  });

  test('a dead address after a healthy one does not matter, and is not tried', async () => {
    const observation = await checkName(check, { addresses: [ALIVE, DEAD] });
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    expect(addressWarnings(observation)).toEqual([]);
  });

  test('dead addresses alone fail the run, and the detail names each of them', async () => {
    const observation = await checkName(check, { addresses: [DEAD, ALSO_DEAD] });
    expect(words(observation)).toBe('failed refused');
    expect(observation).toHaveProperty(
      'detail',
      `${DEAD}:${server.port} refused the connection; ${ALSO_DEAD}:${server.port} refused the connection`,
    );
  });

  test.each([
    [DEAD, ALIVE],
    [ALIVE, DEAD],
  ])('a run that needs all of %s and %s fails with the dead one', async (...addresses) => {
    const observation = await checkName({ ...check, addresses: 'all' }, { addresses });
    expect(words(observation)).toBe('failed refused');
    expect(observation).toMatchObject({
      address: DEAD,
      detail: `1 of 2 addresses of ${NAME} failed: ${DEAD}:${server.port} refused the connection`,
    });
  });

  test('a run that needs all addresses is ok at the only one', async () => {
    const observation = await checkName({ ...check, addresses: 'all' }, { addresses: [ALIVE] });
    expect(words(observation)).toBe('ok');
  });

  test.each(['any', 'all'])('a forbidden second address refuses the whole run of %s', async (addresses) => {
    const observation = await checkName({ ...check, addresses }, { addresses: [ALIVE, '10.1.2.3'] });
    expect(words(observation)).toBe('failed forbidden_address');
    expect(observation).toHaveProperty('detail', expect.stringContaining('10.1.2.3 is a private address'));
    expect(observation.timings).not.toHaveProperty('connectMs');
  });

  test('an IPv6 address without a route is skipped, and not dead', async () => {
    const observation = await checkName(check, { addresses: ['2606:4700::1111', ALIVE] });
    expect(words(observation)).toBe('ok');
    expect(addressWarnings(observation)).toEqual([]);
    const all = await checkName(
      { ...check, addresses: 'all' },
      { addresses: ['2606:4700::1111', '2606:4700::2222', ALIVE] },
    );
    expect(words(all)).toBe('ok');
  });
});
