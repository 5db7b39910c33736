// Proves that a new check is one folder and one line of the catalogue: this file puts a check that nothing else knows in
// place of udp, and everything else follows from its definition.
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { mixedChecks, TYPES } from '../../../bench/probe/workload.ts';
import { checkSchema, checkTypes, findCheck } from '../../../probes/checks/catalogue.ts';
import { checkInputSchema, targetOf, targetOptions } from '../../../probes/checks/check-input.ts';
import { readOptions } from '../../../scripts/check-target/options.ts';
import { checkPage, checksTable } from '../../../scripts/docs/check-page.ts';
import { monitorInputSchema } from '../../../src/http/api/monitors/schema.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { exampleCheck } from '../../support/net/check-servers.ts';
import { factsOf } from '../../support/net/facts.ts';
import { startEcho } from '../../support/net/scripted-server.ts';
import { closedUdpPort } from '../../support/net/targets.ts';

vi.mock('../../../probes/checks/udp/index.ts', async () => {
  const { defineCheck } = await import('../../../probes/checks/check.ts');
  const { secretsSchema, withSecrets } = await import('../../../probes/checks/shared/secrets.ts');
  const { hostSchema, portSchema, timeoutSchema } = await import('../../../probes/checks/shared/target.ts');
  const options = z.strictObject({
    type: z.literal('echo'),
    host: hostSchema,
    port: portSchema.default(7),
    text: z.string().min(1).max(64).default('ping').meta({ description: 'The text to send.' }),
    warnAfterBytes: z.int().optional().meta({ description: 'A longer echo raises a warning.' }),
    timeoutMs: timeoutSchema,
    secrets: secretsSchema,
  });
  const udp = defineCheck({
    type: 'echo',
    options,
    docs: {
      summary: 'The service returns the text that it receives.',
      example: { type: 'echo', host: 'echo.example.com', text: 'hello' },
      failures: { reset: null, unexpected_reply: 'The service returned another text.' },
      degraded: null,
      notes: '',
      references: [{ title: 'RFC 862, Echo', url: 'https://www.rfc-editor.org/rfc/rfc862' }],
    },
    nonTargetOptions: ['warnAfterBytes'],
    target: ({ host, port }) => ({ host, port, transport: 'udp', fields: { host: 'host', port: 'port' } }),
    async run({ host, port, text, secrets }, wire) {
      const socket = await wire.datagrams({ host, port });
      socket.send(withSecrets(text, secrets));
      const echo = await socket.receive();
      return { outcome: 'ok', facts: [{ name: 'echo.bytes', value: echo.length }] };
    },
  });
  return { udp };
});

const ECHO = { type: 'echo', host: 'echo.example.com' };
const MONITOR = { name: 'Echo', check: ECHO, intervalSeconds: 60 };

describe('a new check', () => {
  test('a new check is in the catalogue and in the sentence that names the check types', () => {
    expect(checkTypes).toContain('echo');
    const [issue] = checkSchema.safeParse({ type: 'ftp' }).error?.issues ?? [];
    expect(issue?.message).toContain('"echo"');
  });

  test('a new check has its options, defaults and secrets in the schema of a monitor', () => {
    const check = { ...ECHO, port: 7, text: 'ping', timeoutMs: 5_000, secrets: {} };
    expect(monitorInputSchema.parse(MONITOR).check).toEqual(check);
    expect(checkInputSchema.parse({ ...ECHO, secrets: { token: null } })).toMatchObject({
      secrets: { token: null },
    });
    expect(monitorInputSchema.safeParse({ ...MONITOR, check: { ...ECHO, txet: 'a' } }).success).toBe(false);
    expect(JSON.stringify(z.toJSONSchema(monitorInputSchema, { io: 'input' }))).toContain(
      'A longer echo raises a warning.',
    );
  });

  test('a new check hint which of its options are its target', () => {
    expect(targetOf(ECHO)).toMatchObject({ host: 'echo.example.com', port: 7, transport: 'udp' });
    expect(targetOptions(ECHO)).toEqual({ ...ECHO, port: 7, text: 'ping' });
    const tuned = { ...ECHO, warnAfterBytes: 9, timeoutMs: 900, secrets: { token: null } };
    expect(targetOptions(tuned)).toEqual(targetOptions(ECHO));
    expect(targetOptions({ ...ECHO, text: 'pong' })).not.toEqual(targetOptions(ECHO));
  });

  test('a new check has a documentation page with common and own failure codes', () => {
    const page = checkPage(findCheck('echo')!);
    expect(page).toContain('| `warnAfterBytes` | a whole number |  | A longer echo raises a warning. |');
    expect(page).toContain('| `dns` | The host name has no address. |');
    expect(page).toContain('| `unexpected_reply` | The service returned another text. |');
    expect(page).not.toContain('| `reset` |');
    expect(checksTable([findCheck('echo')!], 'docs')).toContain('[`echo`](docs/echo.md)');
  });

  test('a new check can be run from the command line', () => {
    expect(readOptions(['echo.example.com:7', '--type', 'echo'], {})?.check).toEqual({ ...ECHO, port: 7 });
  });

  test('a new check runs at the probe and reports facts that no schema names', async () => {
    const echo = await startEcho();
    const check = exampleCheck('echo')!.options(echo.port);
    const [observation] = (await askProbe([check])).observations;
    await echo.close();
    expect(words(observation)).toBe('ok');
    expect(factsOf(observation!)).toEqual({ 'echo.bytes': 5 });
  });

  test('a new check takes part in the conformance tests without a server of its own', async () => {
    const check = exampleCheck('echo')!.options(await closedUdpPort());
    const [observation] = (await askProbe([check])).observations;
    expect(words(observation)).toBe('failed refused');
  });

  test('a new check without a bench target is left out of the bench', () => {
    expect(TYPES).not.toContain('echo');
    expect(mixedChecks('127.0.0.1', 10, [...TYPES, 'echo']).map(({ type }) => type)).not.toContain('echo');
  });
});
