// Ten thousand random replies per check: no crash, no hang, no bug of the check, bounded memory. PROBEMESH_SEED repeats a run.
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { seeded } from '../../support/engine/seeded.ts';
import { startChaosProxy } from '../../support/net/chaos-proxy.ts';
import { type CheckServer, checkServers } from '../../support/net/check-servers.ts';
import { mutated, randomReply } from '../../support/net/fuzz.ts';
import { type ProbeProcess, startProbeProcess } from '../../support/net/probe-process.ts';
import { startUdpChaosProxy } from '../../support/net/udp-chaos-proxy.ts';

const REPLIES = 10_000;
const BATCH = 500;
const TIMEOUT_MS = 300;
const MOST_HEAP_BYTES = 64 * 1024 * 1024;

const seed = Number(process.env.PROBEMESH_SEED ?? Date.now() % 2 ** 31);
console.log(`random replies: seed ${seed}`);

/** Checks the same port until enough replies have come; returns how the runs ended. */
async function runOften(
  probe: ProbeProcess,
  subject: CheckServer,
  port: number,
): Promise<Map<string, number>> {
  const endings = new Map<string, number>();
  let before: number | undefined;
  for (let met = 0; met < REPLIES; met += BATCH) {
    const checks = Array.from({ length: BATCH }, () => ({ ...subject.options(port), timeoutMs: TIMEOUT_MS }));
    const asked = await probe.ask(checks, { deadlineMs: 60_000, remainingMs: 60_000 });
    expect(asked.tookMs).toBeLessThan(30_000);
    // What the first batch leaves are parsers and compiled code.
    before ??= asked.usedBytes;
    expect(asked.usedBytes - before).toBeLessThan(MOST_HEAP_BYTES);
    for (const observation of asked.observations) {
      const ending = wordsOf(observation);
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  }
  return endings;
}

const wordsOf = (observation: Observation): string =>
  observation.outcome === 'ok'
    ? 'ok'
    : observation.outcome === 'failed'
      ? observation.code
      : `unmeasured ${observation.reason}: ${observation.detail}`;

/** Random replies are the target's fault: never the probe's, and never a reason not to know. */
const MEASURED = ['ok', 'timeout', 'reset', 'refused', 'tls', 'unexpected_reply', 'dns'];

describe.each(checkServers)('$title', (subject) => {
  test(`meets ${REPLIES} random replies`, async () => {
    const draw = seeded(seed);
    const server = await subject.start();
    const probe = await startProbeProcess({ measuresHeap: true });
    let endings: Map<string, number>;
    if (subject.transport === 'tcp') {
      const proxy = await startChaosProxy(server.port);
      await probe.ask([subject.options(proxy.port)]);
      const good = proxy.transcript();
      proxy.inject({ kind: 'replaced', makeReply: () => randomReply(good, draw) });
      endings = await runOften(probe, subject, proxy.port);
      await proxy.close();
    } else {
      const proxy = await startUdpChaosProxy(server.port);
      proxy.inject({ kind: 'replaced', makeReply: (answer) => mutated(answer, draw) });
      endings = await runOften(probe, subject, proxy.port);
      await proxy.close();
    }
    await server.close();
    await probe.close();
    console.log(`${subject.title}: ${JSON.stringify(Object.fromEntries(endings))}`);
    expect([...endings.keys()].filter((ending) => !MEASURED.includes(ending))).toEqual([]);
  });
});
