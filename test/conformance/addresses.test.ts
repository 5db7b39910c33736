// Every check of the catalogue against a name with several addresses, of which some are dead.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../probes/contract/index.ts';
import { words } from '../support/net/ask-probe.ts';
import { noOpenssl } from '../support/net/certificates.ts';
import { type CheckServer, checkServers, type Server } from '../support/net/check-servers.ts';
import { addressWarnings, checkName, NAME } from '../support/net/named-addresses.ts';

const ALIVE = '127.0.0.1';
/** No server of this file listens on these: their ports are closed. */
const DEAD = '127.0.0.2';
const ALSO_DEAD = '127.0.0.3';
const FORBIDDEN = '10.1.2.3';
const NO_ROUTE = '2606:4700::1111';
const EVERY = { addresses: 'all' };
const SETS = [
  [DEAD, ALIVE],
  [ALIVE, DEAD],
  [DEAD, ALSO_DEAD],
  [ALIVE],
  [ALIVE, FORBIDDEN],
  [NO_ROUTE, ALIVE],
  [NO_ROUTE],
];

const withoutOpenssl = noOpenssl !== null;
const subjects = checkServers.filter(({ needsOpenssl }) => !(needsOpenssl && withoutOpenssl));

/** The options of a healthy server, with the name in place of its address. */
const named = (subject: CheckServer, port: number): object =>
  JSON.parse(JSON.stringify(subject.options(port)).replaceAll(ALIVE, NAME));

describe.each(subjects)('the $title check of a name with several addresses', (subject) => {
  let server: Server;
  let observe: (addresses: readonly string[], more?: object) => Promise<Observation>;
  /** Runs at the same time, since some servers end their connections late. */
  const observations = new Map<string, Promise<Observation>>();
  beforeAll(async () => {
    server = await subject.start();
    const check = named(subject, server.port);
    observe = (addresses, more = {}) => {
      const key = JSON.stringify([addresses, more]);
      const known = observations.get(key) ?? checkName({ ...check, ...more }, { addresses });
      observations.set(key, known);
      return known;
    };
    await Promise.all(SETS.flatMap((addresses) => [observe(addresses), observe(addresses, EVERY)]));
  });
  afterAll(() => server.close());

  test('a dead address before a healthy one leaves the run ok, with a warning that names it', async () => {
    const observation = await observe([DEAD, ALIVE]);
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    expect(addressWarnings(observation)).toEqual([
      `1 of 2 addresses of ${NAME}:${server.port} failed: ${DEAD}:${server.port} refused the connection`,
    ]);
  });

  test('a dead address after a healthy one does not matter, and is not tried', async () => {
    const observation = await observe([ALIVE, DEAD]);
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    expect(addressWarnings(observation)).toEqual([]);
  });

  test('dead addresses alone fail the run, and the detail names each of them', async () => {
    const observation = await observe([DEAD, ALSO_DEAD]);
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
    const observation = await observe(addresses, EVERY);
    expect(words(observation)).toBe('failed refused');
    expect(observation).toMatchObject({
      address: DEAD,
      detail: `1 of 2 addresses of ${NAME} failed: ${DEAD}:${server.port} refused the connection`,
    });
  });

  test('a run that needs all addresses is ok at the only one', async () => {
    expect(words(await observe([ALIVE], EVERY))).toBe('ok');
  });

  test.each([{}, EVERY])('a forbidden second address refuses the whole run with %o', async (more) => {
    const observation = await observe([ALIVE, FORBIDDEN], more);
    expect(words(observation)).toBe('failed forbidden_address');
    expect(observation).toHaveProperty(
      'detail',
      expect.stringContaining(`${FORBIDDEN} is a private address`),
    );
    expect(observation.timings).not.toHaveProperty('connectMs');
  });

  test.each([{}, EVERY])('an IPv6 address without a route is skipped with %o, and not dead', async (more) => {
    const observation = await observe([NO_ROUTE, ALIVE], more);
    expect(words(observation)).toBe('ok');
    expect(addressWarnings(observation)).toEqual([]);
  });

  test.each([{}, EVERY])('IPv6 addresses alone measure nothing with %o', async (more) => {
    expect(words(await observe([NO_ROUTE], more))).toBe('unmeasured no_ipv6');
  });
});
