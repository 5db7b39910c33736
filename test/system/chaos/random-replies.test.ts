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
const MAX_HEAP_GROWTH_BYTES = 64 * 1024 * 1024;

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
  for (let done = 0; done < REPLIES; done += BATCH) {
    const checks = Array.from({ length: BATCH }, () => ({ ...subject.options(port), timeoutMs: TIMEOUT_MS }));
    const batch = await probe.ask(checks, { deadlineMs: 60_000, remainingMs: 60_000 });
    expect(batch.tookMs).toBeLessThan(30_000);
    // The first batch also loads parsers and compiles code.
    before ??= batch.usedBytes;
    expect(batch.usedBytes - before).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
    for (const observation of batch.observations) {
      const ending = endingOf(observation);
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  }
  return endings;
}

const endingOf = (observation: Observation): string =>
  observation.outcome === 'ok'
    ? 'ok'
    : observation.outcome === 'failed'
      ? observation.code
      : `unmeasured ${observation.reason}: ${observation.detail}`;

/** A random reply is a fault of the target, so a run must not end as unmeasured. */
const MEASURED = ['ok', 'timeout', 'reset', 'refused', 'tls', 'unexpected_reply', 'dns'];

describe.each(checkServers)('$title', (subject) => {
  test(`a check survives ${REPLIES} random replies`, async () => {
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
      proxy.inject({ kind: 'replaced', makeReply: (reply) => mutated(reply, draw) });
      endings = await runOften(probe, subject, proxy.port);
      await proxy.close();
    }
    await server.close();
    await probe.close();
    console.log(`${subject.title}: ${JSON.stringify(Object.fromEntries(endings))}`);
    expect([...endings.keys()].filter((ending) => !MEASURED.includes(ending))).toEqual([]);
  });
});
