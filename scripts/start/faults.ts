// Everything that can be broken and mended while the mesh runs: the demo's targets and the locations.
import type { Target } from '../demo/targets.ts';
import type { Fault } from '../local-lambda/faults.ts';
import type { LocalLambda } from '../local-lambda/local-lambda.ts';

export interface Breakables {
  state(): {
    readonly targets: Record<string, { readonly up: boolean; readonly port: number }>;
    readonly locations: Record<string, Fault>;
  };
  setTarget(name: string, up: boolean): Promise<void>;
  setLocation(id: string, fault: Fault): void;
}

/** `log` hears of every change of a target; the local Lambda tells of its locations itself. */
export function breakablesOf(
  targets: readonly Target[],
  lambda: LocalLambda,
  log: (line: string) => void,
): Breakables {
  return {
    state: () => ({
      targets: Object.fromEntries(
        targets.map((target) => [target.name, { up: target.isUp(), port: target.port }]),
      ),
      locations: lambda.faults(),
    }),
    async setTarget(name, up) {
      const target = targets.find((candidate) => candidate.name === name);
      if (!target) throw new Error(`there is no target "${name}"`);
      await target.setUp(up);
      log(`${name}: ${up ? 'mended' : `broken (${brokenWords(target)})`}`);
    },
    setLocation: (id, fault) => lambda.setFault(id, fault),
  };
}

function brokenWords({ port, breakage }: Target): string {
  if (breakage === 'hanging') return `port ${port} still accepts, and nobody answers`;
  return `port ${port} is ${breakage} now`;
}
