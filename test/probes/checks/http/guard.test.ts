import { describe, expect, test } from 'vitest';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import { startZoneServer } from '../../../support/net/dns-server.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { detailOf, leading, run } from '../../../support/net/http-run.ts';

describe('the address guard stands before every hop', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://192.168.1.1:8080/',
    'http://[fd00:ec2::254]/latest/',
    'http://[::ffff:169.254.169.254]/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://0251.0376.0251.0376/',
    'http://0.0.0.0/',
    'http://100.64.0.1/',
  ])('the address guard stops a redirect to %s', async (location) => {
    const target = await leading({ '/': [302, location] });
    const observation = await run(target.port);
    expect(words(observation)).toBe('failed forbidden_address');
    expect(detailOf(observation)).toMatch(
      /^after a redirect to http:\/\/.+ address(, and probes connect to public addresses only|\. Start with --allow-cidrs)/,
    );
    expect(factsOf(observation)).toEqual({ 'http.status': 302, 'http.redirects': 0 });
  });

  test('the address guard stops a redirect to a name with a forbidden address', async () => {
    const zone = { 'metadata.example.com': { A: ['169.254.169.254'] }, 'gone.example.com': {} };
    const nameServer = await startZoneServer(zone);
    const target = await leading({
      '/': [302, 'http://metadata.example.com/'],
      '/gone': [302, 'http://gone.example.com/'],
    });
    const surroundings = { nameServer: nameServer.address };
    expect(words(await run(target.port, {}, surroundings))).toBe('failed forbidden_address');
    const gone = await run(target.port, { url: `http://127.0.0.1:${target.port}/gone` }, surroundings);
    expect(gone).toMatchObject({ outcome: 'failed', code: 'dns', phase: 'dns' });
    await nameServer.close();
  });

  test('a name that resolves to a public address first and to loopback later never leads to loopback', async () => {
    // The public one is never reached: nothing that comes from 127.0.0.1 leaves the machine.
    const answer = { A: ['8.8.8.8'] };
    const nameServer = await startZoneServer({ 'rebind.example.com': answer });
    const victim = await leading();
    const check = { type: 'http', url: `http://rebind.example.com:${victim.port}/` };
    const surroundings = { nameServer: nameServer.address, allowLoopback: false, sourceAddress: '127.0.0.1' };
    const before = await askProbe([check, check], surroundings);
    expect(before.observations.map(({ address }) => address)).toEqual(['8.8.8.8', '8.8.8.8']);
    // The probe connects to the address that the guard has checked, without a second query.
    expect(nameServer.questions).toEqual(['udp A rebind.example.com']);
    for (const A of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['127.0.0.1', '8.8.8.8']]) {
      answer.A = A;
      const after = await askProbe([check], surroundings);
      expect(after.observations.map(words)).toEqual(['failed forbidden_address']);
    }
    expect(victim.connections).toBe(0);
    await nameServer.close();
  });
});
