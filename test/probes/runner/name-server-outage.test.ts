// A location whose own name servers do not work must not blame its targets, and one whose name servers work must.
// The canary's port is open on a literal address, so that only names can show the difference.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askProbe, inTime, type ProbeOptions, words } from '../../support/net/ask-probe.ts';
import { answered, type DnsServer, startDnsServer, withRcode } from '../../support/net/dns-server.ts';
import { closedPort, openTarget, type Target } from '../../support/net/targets.ts';

const HOST = '127.0.0.1';
const OFFLINE = 'unmeasured location_offline';
/** c-ares sends a query again after two seconds: a timeout below that keeps the tests quick. */
const TIMEOUT_MS = 300;
let server: DnsServer;
let target: Target;

/** The first label of a name is how the server treats it. */
beforeAll(async () => {
  target = await openTarget();
  server = await startDnsServer((query) => {
    const [{ name = '', type } = {}] = query.questions ?? [];
    switch (name.split('.')[0]) {
      case 'address':
        return [answered(query, type === 'A' ? [{ type: 'A', name, data: HOST }] : [])];
      case 'nodata':
        return [answered(query, [])];
      case 'servfail':
        return [withRcode(query, 2)];
      case 'refused':
        return [withRcode(query, 5)];
      case 'notimp':
        return [withRcode(query, 4)];
      case 'silent':
        return [];
      case 'garbage':
        return [
          Buffer.concat([Buffer.from([(query.id ?? 0) >> 8, (query.id ?? 0) & 255]), Buffer.alloc(3, 0xff)]),
        ];
      default:
        return [withRcode(query, 3)];
    }
  });
});
afterAll(async () => {
  await server.close();
  await target.close();
});

const NO_ANSWER = ['servfail', 'refused', 'notimp', 'silent', 'garbage'];
const ANSWER = ['address', 'nxdomain', 'nodata'];

/** A canary with a name: its TCP half is not asked about names. */
const canary = (kind: string) => ({ host: `${kind}.canary.test`, port: target.port });
const byName = (kind: string, more: object = {}) => ({
  ...{ host: `${kind}.target.test`, port: target.port, timeoutMs: TIMEOUT_MS },
  ...more,
});

async function run(check: object, options: ProbeOptions): Promise<string> {
  const { observations } = await askProbe([check], { nameServer: server.address, ...options });
  return words(observations[0]);
}

describe('a name that the name servers give no answer about', () => {
  for (const failure of NO_ANSWER) {
    test.each(ANSWER)(
      `%s for a canary name makes ${failure} for a target its own failure`,
      async (answer) => {
        expect(await run(byName(failure), { canaries: [canary(answer)] })).toBe('failed dns');
      },
    );
    test.each(NO_ANSWER)(`%s for a canary name makes ${failure} for a target unmeasured`, async (answer) => {
      expect(await run(byName(failure), { canaries: [canary(answer)] })).toBe(OFFLINE);
    });
  }

  test('one canary name of several with an answer is enough', async () => {
    const canaries = ['silent', 'servfail', 'nxdomain'].map(canary);
    expect(await run(byName('servfail'), { canaries })).toBe('failed dns');
  });

  test('another run of the job whose name has an answer is enough', async () => {
    for (const answer of ANSWER) {
      const { observations } = await askProbe([byName('servfail'), byName(answer)], {
        ...{ canaries: [canary('servfail')], nameServer: server.address },
      });
      expect(words(observations[0])).toBe('failed dns');
    }
  });

  test('another run that reaches a literal address proves nothing about names', async () => {
    const address = { host: HOST, port: target.port };
    const { observations } = await askProbe([byName('servfail'), address], {
      ...{ canaries: [canary('servfail')], nameServer: server.address },
    });
    expect(observations.map(words)).toEqual([OFFLINE, 'ok']);
  });

  test('without canaries, the failure counts', async () => {
    expect(await run(byName('servfail'), { canaries: [] })).toBe('failed dns');
  });

  test('a port that has to stay closed is unmeasured as well', async () => {
    const closed = byName('refused', { expect: 'closed' });
    expect(await run(closed, { canaries: [canary('refused')] })).toBe(OFFLINE);
  });

  test('the detail names each canary name and its failure', async () => {
    const { observations } = await askProbe([byName('servfail')], {
      canaries: [canary('refused'), canary('silent')],
      nameServer: server.address,
    });
    expect(observations[0]).toHaveProperty(
      'detail',
      expect.stringMatching(
        /^the name servers of this location do not work: refused\.canary\.test could not be resolved: the name server refused; silent\.canary\.test got no answer within \d+ ms$/,
      ),
    );
  });
});

test.each(['nxdomain', 'nodata'])('%s is an answer, so that no canary name is queried', async (answer) => {
  server.questions.length = 0;
  expect(await run(byName(answer), { canaries: [canary('servfail')] })).toBe('failed dns');
  expect(server.questions.join()).not.toContain('canary');
});

test('a name server without a listener makes names unmeasured at once, and literal addresses ok', async () => {
  const nameServer = `${HOST}:${await closedPort()}`;
  const runs = [byName('address', { timeoutMs: 5_000 }), { host: HOST, port: target.port }];
  const { observations, tookMs } = await askProbe(runs, { nameServer, canaries: [canary('address')] });
  expect(observations.map(words)).toEqual([OFFLINE, 'ok']);
  expect(tookMs).toBeLessThan(inTime(1_000));
});

describe('a canary without a name', () => {
  const canaries = (): { host: string; port: number }[] => [{ host: 'localhost', port: target.port }];

  test('the default canary names are queried, and NXDOMAIN for them proves the name servers', async () => {
    server.questions.length = 0;
    expect(await run(byName('servfail'), { canaries: canaries() })).toBe('failed dns');
    expect(server.questions.filter((question) => !question.includes('target'))).toEqual([
      'udp A one.one.one.one',
      'udp A dns.google',
      'udp A dns.quad9.net',
    ]);
  });

  test('the names of the local mesh replace the default ones', async () => {
    process.env.PROBEMESH_CANARY_NAMES = 'servfail.local.test,refused.local.test';
    try {
      expect(await run(byName('servfail'), { canaries: canaries() })).toBe(OFFLINE);
    } finally {
      delete process.env.PROBEMESH_CANARY_NAMES;
    }
  });
});

describe('a dns check of the name server of the location', () => {
  const query = (kind: string, more: object = {}) => ({
    ...{ type: 'dns', name: `${kind}.target.test`, timeoutMs: TIMEOUT_MS },
    ...more,
  });

  test.each(NO_ANSWER)('%s is unmeasured if no canary name has an answer either', async (failure) => {
    expect(await run(query(failure), { canaries: [canary('servfail')] })).toBe(OFFLINE);
    expect(await run(query(failure), { canaries: [canary('nxdomain')] })).toMatch(/^failed /);
  });

  test('no listener is unmeasured, over UDP and over TCP', async () => {
    const nameServer = `${HOST}:${await closedPort()}`;
    for (const transport of ['udp', 'tcp'])
      expect(await run(query('address', { transport }), { canaries: [canary('address')], nameServer })).toBe(
        OFFLINE,
      );
  });

  test('an expected SERVFAIL is unmeasured, not ok, if the name servers fail for every name', async () => {
    const check = query('servfail', { expectRcode: 'SERVFAIL' });
    expect(await run(check, { canaries: [canary('servfail')] })).toBe(OFFLINE);
    expect(await run(check, { canaries: [canary('address')] })).toBe('ok');
  });

  test('NXDOMAIN, and a name without the record, count', async () => {
    for (const answer of ['nxdomain', 'nodata'])
      expect(await run(query(answer), { canaries: [canary('servfail')] })).toBe('failed unexpected_reply');
  });

  test('its answer proves the name servers for the other runs of the job', async () => {
    const { observations } = await askProbe([byName('servfail'), query('address')], {
      ...{ canaries: [canary('servfail')], nameServer: server.address },
    });
    expect(observations.map(words)).toEqual(['failed dns', 'ok']);
  });

  test('a dns check with a server of its own counts', async () => {
    for (const failure of ['servfail', 'refused']) {
      const check = query(failure, { server: HOST, port: server.port });
      expect(await run(check, { canaries: [canary('servfail')] })).toBe('failed unexpected_reply');
    }
  });
});
