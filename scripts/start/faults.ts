// Owns what can be broken and repaired while the mesh runs: the demo's targets, the locations, and the mesh's own machinery.
import type { Breakable } from '../demo/targets.ts';
import type { Fault } from '../local-lambda/faults.ts';
import type { LocalLambda } from '../local-lambda/local-lambda.ts';

/** A part of the mesh itself: the cron trigger, the second clock, the coordinator. */
export interface Machine {
  readonly name: string;
  /** The key in a terminal. */
  readonly key: string;
  isUp(): boolean;
  setUp(up: boolean): Promise<void>;
}

export interface FaultInjector {
  state(): {
    readonly targets: Record<string, { readonly up: boolean; readonly port: number | null }>;
    readonly locations: Record<string, Fault>;
    readonly machinery: Record<string, { readonly up: boolean; readonly key: string }>;
  };
  setTarget(name: string, up: boolean): Promise<void>;
  setLocation(id: string, fault: Fault): void;
  setMachine(name: string, up: boolean): Promise<void>;
}

/** `log` gets every change of a target; the local Lambda logs those of its locations itself. */
export function createFaultInjector(
  targets: readonly Breakable[],
  lambda: Pick<LocalLambda, 'faults' | 'setFault'>,
  machines: readonly Machine[],
  log: (line: string) => void,
): FaultInjector {
  return {
    state: () => ({
      targets: Object.fromEntries(
        targets.map((target) => [target.name, { up: target.isUp(), port: target.port }]),
      ),
      locations: lambda.faults(),
      machinery: Object.fromEntries(
        machines.map((machine) => [machine.name, { up: machine.isUp(), key: machine.key }]),
      ),
    }),
    async setTarget(name, up) {
      const target = targets.find((candidate) => candidate.name === name);
      if (!target) throw new Error(`unknown target "${name}"`);
      await target.setUp(up);
      log(`${name}: ${up ? 'repaired' : `broken (${describeBreakage(target)})`}`);
    },
    setLocation: (id, fault) => lambda.setFault(id, fault),
    async setMachine(name, up) {
      const machine = machines.find((candidate) => candidate.name === name);
      if (!machine) throw new Error(`unknown machine "${name}"`);
      await machine.setUp(up);
      log(`${name}: ${up ? 'repaired' : 'broken (it has stopped)'}`);
    },
  };
}

function describeBreakage({ port, breakage }: Breakable): string {
  if (breakage === 'stopped') return 'it runs no more';
  if (breakage === 'hanging') return `port ${port} accepts connections and sends nothing`;
  return `port ${port} is ${breakage} now`;
}
