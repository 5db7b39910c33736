// Ten thousand random replies a check: no crash, no hang, no bug of the check, bounded memory. PROBEMESH_SEED repeats a run.
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { seeded } from '../../support/engine/seeded.ts';
import { startMiddleman } from '../../support/net/chaos-proxy.ts';
import { type Subject, subjects } from '../../support/net/check-servers.ts';
import { invention, mutated } from '../../support/net/fuzz.ts';
import { type ProbeProcess, startProbeProcess } from '../../support/net/probe-process.ts';
import { startUdpMiddleman } from '../../support/net/udp-chaos-proxy.ts';

const REPLIES = 10_000;
const BATCH = 500;
const TIMEOUT_MS = 300;
const MOST_HEAP_BYTES = 64 * 1024 * 1024;

const seed = Number(process.env.PROBEMESH_SEED ?? Date.now() % 2 ** 31);
console.log(`random replies: seed ${seed}`);

/** Looks at the same port until enough replies were met; answers how the looks ended. */
async function runOften(probe: ProbeProcess, subject: Subject, port: number): Promise<Map<string, number>> {
  const endings = new Map<string, number>();
  let before: number | undefined;
  for (let met = 0; met < REPLIES; met += BATCH) {
    const checks = Array.from({ length: BATCH }, () => ({ ...subject.options(port), timeoutMs: TIMEOUT_MS }));
    const asked = await probe.ask(checks, { deadlineMs: 60_000, remainingMs: 60_000 });
    expect(asked.tookMs).toBeLessThan(30_000);
    // What the first batch leaves are parsers and compiled code.
    before ??= asked.usedBytes;
    expect(asked.usedBytes - before).toBeLessThan(MOST_HEAP_BYTES);
    for (const seen of asked.observations) {
      const ending = wordsOf(seen);
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  }
  return endings;
}

const wordsOf = (seen: Observation): string =>
  seen.outcome === 'ok'
    ? 'ok'
    : seen.outcome === 'failed'
      ? seen.code
      : `unmeasured ${seen.reason}: ${seen.detail}`;

/** Random replies are the target's fault: never the probe's, and never a reason not to know. */
const MEASURED = ['ok', 'timeout', 'reset', 'refused', 'tls', 'unexpected_reply', 'dns'];

describe.each(subjects)('$title', (subject) => {
  test(`meets ${REPLIES} random replies`, async () => {
    const draw = seeded(seed);
    const server = await subject.start();
    const probe = await startProbeProcess({ measuresHeap: true });
    let endings: Map<string, number>;
    if (subject.transport === 'tcp') {
      const middleman = await startMiddleman(server.port);
      await probe.ask([subject.options(middleman.port)]);
      const good = middleman.said();
      middleman.spoil({ kind: 'invented', invent: () => invention(good, draw) });
      endings = await runOften(probe, subject, middleman.port);
      await middleman.close();
    } else {
      const middleman = await startUdpMiddleman(server.port);
      middleman.spoil({ kind: 'invented', invent: (answer) => mutated(answer, draw) });
      endings = await runOften(probe, subject, middleman.port);
      await middleman.close();
    }
    await server.close();
    await probe.close();
    console.log(`${subject.title}: ${JSON.stringify(Object.fromEntries(endings))}`);
    expect([...endings.keys()].filter((ending) => !MEASURED.includes(ending))).toEqual([]);
  });
});
