// Owns what can be broken and repaired while the mesh runs: the demo's targets and the locations.
import type { Breakable } from '../demo/targets.ts';
import type { Fault } from '../local-lambda/faults.ts';
import type { LocalLambda } from '../local-lambda/local-lambda.ts';

export interface FaultInjector {
  state(): {
    readonly targets: Record<string, { readonly up: boolean; readonly port: number | null }>;
    readonly locations: Record<string, Fault>;
  };
  setTarget(name: string, up: boolean): Promise<void>;
  setLocation(id: string, fault: Fault): void;
}

/** `log` gets every change of a target; the local Lambda logs those of its locations itself. */
export function createFaultInjector(
  targets: readonly Breakable[],
  lambda: LocalLambda,
  log: (line: string) => void,
): FaultInjector {
  return {
    state: () => ({
      targets: Object.fromEntries(
        targets.map((target) => [target.name, { up: target.isUp(), port: target.port }]),
      ),
      locations: lambda.faults(),
    }),
    async setTarget(name, up) {
      const target = targets.find((candidate) => candidate.name === name);
      if (!target) throw new Error(`unknown target "${name}"`);
      await target.setUp(up);
      log(`${name}: ${up ? 'repaired' : `broken (${describeBreakage(target)})`}`);
    },
    setLocation: (id, fault) => lambda.setFault(id, fault),
  };
}

function describeBreakage({ port, breakage }: Breakable): string {
  if (breakage === 'stopped') return 'it runs no more';
  if (breakage === 'hanging') return `port ${port} accepts connections and sends nothing`;
  return `port ${port} is ${breakage} now`;
}
