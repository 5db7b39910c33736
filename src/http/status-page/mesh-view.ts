// Owns what a page reads at one moment, in one statement: the state of every monitor, whether probemesh itself works, and
// the content of the page. Does not decide the health: services/health does.
import type { Config } from '../../env.ts';
import { type HealthStatus, meshHealth } from '../../services/health/mesh-health.ts';
import { readHealthAnd } from '../../services/health/read-health.ts';
import { isAboutChecks, type ReasonCode, reasonWords } from '../../services/health/reasons.ts';
import type { StatusPage } from '../../status-pages/model.ts';
import { contentOf, contentTerms, type PageContent, type Wanted } from '../../store/page-content.ts';
import type { MeshSnapshot } from '../monitor-status.ts';

export interface MeshView extends MeshSnapshot {
  /** The newest report with a measurement. Null before the first. */
  readonly updatedAt: number | null;
  /** Whether probemesh itself works. */
  readonly monitoring: {
    readonly status: HealthStatus;
    readonly reasons: readonly { readonly code: ReasonCode; readonly words: string }[];
    /** Checks do not run or measure nothing, so first results may not arrive. */
    readonly hinders: boolean;
  };
}

/** Throws if the state cannot be read. */
export async function readMeshView(
  config: Config,
  page: StatusPage,
  wanted: Wanted,
  comparedClock: () => number,
): Promise<{ readonly mesh: MeshView; readonly content: PageContent }> {
  const { now } = wanted;
  const { inputs, rows } = await readHealthAnd(config, now, comparedClock, contentTerms(page, wanted));
  const { state } = inputs;
  if (state === null) throw new Error(`the status cannot be read: ${inputs.error}`);
  const { status, reasons, liveness } = meshHealth(inputs, now);
  const mesh = {
    ...{ state, now, stale: status === 'stopped' },
    measuredAt: liveness?.measured.at ?? liveness?.measured.since ?? null,
    updatedAt: liveness?.measured.at ?? null,
    monitoring: {
      status,
      reasons: reasons.map(({ code }) => ({ code, words: reasonWords(code) })),
      hinders: reasons.some(({ code }) => isAboutChecks(code)),
    },
  };
  return { mesh, content: contentOf(rows) };
}
