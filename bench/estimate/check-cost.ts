// Owns the command `npm run bench:checks`: what a check of each type costs a probe in bytes sent, bytes of its report, and CPU.
// `-- --json` prints one JSON document only. scripts/estimate/measured.ts has the figures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Job, Report } from '../../probes/contract/index.ts';
import { buildProbe } from '../../scripts/build-probe.ts';
import { type CheckServer, checkServers } from '../../test/support/net/check-servers.ts';
import { thisMachine } from '../machine.ts';
import { percentile } from '../percentile.ts';
import { jobOf, runBatchAllOk, startSubject } from '../probe/jobs.ts';
import { end } from '../probe/spawn.ts';
import { table } from '../table.ts';
import { meterTcp, meterUdp } from './sent-meter.ts';

const RUNS = 50;
/** The JIT compiler is still at work in the first ones. */
const WARM_UP_BATCHES = 10;
const BATCHES = 11;
/** The relay has seen the end of every connection by then. */
const SETTLE_MS = 500;

interface CheckCost {
  readonly check: string;
  readonly sentBytes: number;
  readonly reportBytes: number;
  readonly cpuMs: number;
}

type Handler = (job: Job, context: { getRemainingTimeInMillis(): number }) => Promise<Report>;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const scratch = mkdtempSync(join(tmpdir(), 'probemesh-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.env.PROBEMESH_ALLOW_LOOPBACK = '1';
const { bundlePath } = await buildProbe(scratch);
const { handler } = (await import(pathToFileURL(bundlePath).href)) as { handler: Handler };

const costs: CheckCost[] = [];
for (const server of checkServers) costs.push(await measure(server));
if (values.json) console.log(JSON.stringify({ machine: thisMachine(), runs: RUNS, costs }, null, 2));
else {
  const rows = costs.map(({ check, sentBytes, reportBytes, cpuMs }) => [
    check,
    sentBytes.toFixed(0),
    reportBytes.toFixed(0),
    cpuMs.toFixed(2),
  ]);
  console.log(table(['check', 'bytes sent', 'bytes of the report', 'CPU ms'], rows));
}

async function measure(server: CheckServer): Promise<CheckCost> {
  const target = await server.start();
  const jobFor = (port: number): Job =>
    jobOf(Array.from({ length: RUNS }, () => ({ timeoutMs: 5_000, ...server.options(port) })));
  const subject = await startSubject('probemesh', bundlePath);
  const cpuMs: number[] = [];
  for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch += 1)
    cpuMs.push((await runBatchAllOk(subject, jobFor(target.port))).cpuMs / RUNS);
  await end(subject);
  const meter = server.transport === 'tcp' ? await meterTcp(target.port) : await meterUdp(target.port);
  const job = jobFor(meter.port);
  const report = await handler(job, { getRemainingTimeInMillis: () => 30_000 });
  const bad = report.observations.find(({ outcome }) => outcome !== 'ok');
  if (bad) throw new Error(`a check of ${server.title} was not ok: ${JSON.stringify(bad)}`);
  await sleep(SETTLE_MS);
  const { bytes, flows } = meter.read();
  if (flows !== RUNS) throw new Error(`${server.title}: ${flows} connections were counted, not ${RUNS}`);
  await meter.close();
  await target.close();
  return {
    check: server.title,
    sentBytes: bytes / RUNS,
    reportBytes: JSON.stringify(report.observations).length / RUNS,
    cpuMs: percentile(
      cpuMs.slice(WARM_UP_BATCHES).sort((a, b) => a - b),
      0.5,
    ),
  };
}
