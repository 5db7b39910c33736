// Owns the copies of the public pages outside of Cloudflare, once a minute: written while the coordinator answers, rewritten when it is
// silent, replaced when a page is not public any more. Does not decide whether the coordinator is silent.
// A page is written if it shows something else than before, and every five minutes: an object of each minute would cost five
// times as much. `pages.json` has the minute at which each was last confirmed, and the silent form names it.
import { locationName } from '../../status-pages/location-names.ts';
import { fetchCopy, type ListedPage, listPublicPages } from './ask-coordinator.ts';
import { type CopiedPage, MANIFEST, type Manifest, readManifest } from './manifest.ts';
import {
  type Bucket,
  filesOf,
  hashOf,
  possibleFiles,
  removeFiles,
  writeSilent,
  writeWell,
} from './write-copy.ts';

/** A copy that shows the same is written again after this time, so that its "taken at" is never older. */
export const REWRITE_MS = 5 * 60_000;
/** The watchdog starts a little earlier or later each minute. */
const SLACK_MS = 15_000;
/** Until then, a single lost minute rewrites nothing: each copy names its own time. */
const SILENT_AFTER_MS = 3 * 60_000 - SLACK_MS;
const PARALLEL = 4;

export interface CopyPagesDeps extends Bucket {
  readonly coordinatorUrl: string;
  /** `WATCHDOG_KEY`. */
  readonly key: string;
  readonly isSilent: boolean;
  /** Since when the coordinator does not answer, ms since the epoch. Null while it answers. */
  readonly silentSince: number | null;
  readonly now: number;
  /** In which the watchdog runs, such as `eu-central-1`. */
  readonly region: string;
  readonly fetch: typeof fetch;
}

/** Ids of pages, for the log. Messages contain no text of the coordinator. */
export interface CopyResult {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  readonly failed: readonly { readonly page: string; readonly error: string }[];
}

type Step = { readonly page: CopiedPage | null; readonly result: keyof CopyResult; readonly error?: string };

/** Throws if the bucket or the list of pages cannot be read: then every copy stays, with its own time. */
export async function copyPages(deps: CopyPagesDeps): Promise<CopyResult> {
  if (deps.isSilent && deps.now - (deps.silentSince ?? deps.now) < SILENT_AFTER_MS) return resultOf([]);
  const before = readManifest(await deps.get(MANIFEST));
  const tasks = deps.isSilent ? silentTasks(deps, before) : await wellTasks(deps, before);
  const steps = await inParallel(tasks);
  const pages = steps.flatMap(({ page }) => page ?? []);
  if (!deps.isSilent || steps.some(({ result }) => result !== 'unchanged')) await putManifest(deps, pages);
  return resultOf(steps.map((step, index) => ({ ...step, id: tasks[index]!.id })));
}

interface Task {
  readonly id: string;
  run(): Promise<Step>;
  /** What is known of the page if the task throws. */
  readonly onError: CopiedPage | null;
}

async function wellTasks(deps: CopyPagesDeps, before: readonly CopiedPage[]): Promise<Task[]> {
  const listed = await listPublicPages(deps);
  const known = new Map(before.map((page) => [page.id, page]));
  const ids = new Set(listed.map(({ id }) => id));
  const unknown = listed.filter(({ id }) => !known.has(id));
  // Before their first object: a page that is not public any more in the next minute is found even if this run ends early.
  if (unknown.length > 0) await putManifest(deps, [...before, ...unknown.map(announced)]);
  return [
    // First: what must not be readable does not wait for a slow page.
    ...before.filter(({ id }) => !ids.has(id)).map((page) => removal(deps, page)),
    ...listed.map((page) => copying(deps, page, known.get(page.id) ?? null)),
  ];
}

const NEVER = new Date(0).toISOString();

/** A page of which nothing is written yet. */
const announced = ({ id }: ListedPage): CopiedPage => ({
  ...{ id, title: '', url: '', files: possibleFiles(id), hash: '', writtenAt: NEVER, confirmedAt: NEVER },
  silentSince: null,
});

const removal = (deps: CopyPagesDeps, page: CopiedPage): Task => ({
  id: page.id,
  onError: { ...page, hash: '', removed: true },
  run: async () => {
    await removeFiles(deps, page.files);
    return { page: null, result: 'removed' };
  },
});

function copying(deps: CopyPagesDeps, listed: ListedPage, before: CopiedPage | null): Task {
  // Only a page whose write began has files that may be of two minutes.
  let attempted: CopiedPage | null = before;
  return {
    id: listed.id,
    get onError() {
      return attempted;
    },
    run: async () => {
      const copy = await fetchCopy(deps, listed);
      if (copy === 'refused')
        return before === null || before.writtenAt === NEVER
          ? { page: null, result: 'removed' }
          : removal(deps, before).run();
      const hash = await hashOf(copy);
      const confirmed = { confirmedAt: copy.takenAt };
      const isSame = before !== null && before.hash === hash && before.silentSince === null;
      if (isSame && deps.now - Date.parse(before.writtenAt) < REWRITE_MS - SLACK_MS)
        return { page: { ...before, ...confirmed }, result: 'unchanged' };
      const files = filesOf(copy);
      const surplus =
        before?.writtenAt === NEVER ? [] : (before?.files.filter((file) => !files.includes(file)) ?? []);
      const { id, title, url, takenAt } = copy;
      const page = { id, title, url, ...confirmed, writtenAt: takenAt, silentSince: null };
      attempted = { ...page, files: [...files, ...surplus], hash: '' };
      await removeFiles(deps, surplus);
      await writeWell(deps, copy, before?.hash !== hash);
      return { page: { ...page, files, hash }, result: 'written' };
    },
  };
}

function silentTasks(deps: CopyPagesDeps, before: readonly CopiedPage[]): Task[] {
  const since = deps.silentSince ?? deps.now;
  return before.map((page) => ({
    id: page.id,
    onError: page,
    run: async (): Promise<Step> => {
      if (page.writtenAt === NEVER) return { page, result: 'unchanged' };
      if (page.removed) return removal(deps, page).run();
      if (page.silentSince !== null) return { page, result: 'unchanged' };
      await writeSilent(deps, page, { since, place: placeOf(deps.region) });
      return { page: { ...page, silentSince: new Date(since).toISOString() }, result: 'written' };
    },
  }));
}

const placeOf = (region: string): string => {
  const name = locationName(`aws:${region}`);
  return name === region ? region : `${name} (${region})`;
};

/** One page fails, and the others go on. */
async function inParallel(tasks: readonly Task[]): Promise<Step[]> {
  const steps: Step[] = [];
  const queue = tasks.entries();
  const work = async (): Promise<void> => {
    for (const [index, task] of queue) {
      try {
        steps[index] = await task.run();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        steps[index] = { page: task.onError, result: 'failed', error: message };
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return steps;
}

async function putManifest(deps: CopyPagesDeps, pages: readonly CopiedPage[]): Promise<void> {
  const manifest: Manifest = {
    ...{ version: 1, at: new Date(deps.now).toISOString(), region: deps.region, pages },
  };
  await deps.put(MANIFEST, `${JSON.stringify(manifest)}\n`, 'application/json; charset=utf-8');
}

function resultOf(steps: readonly (Step & { readonly id: string })[]): CopyResult {
  const idsOf = (wanted: Step['result']): string[] =>
    steps.filter(({ result }) => result === wanted).map(({ id }) => id);
  return {
    ...{ written: idsOf('written'), unchanged: idsOf('unchanged'), removed: idsOf('removed') },
    failed: steps.flatMap(({ id, error }) => (error === undefined ? [] : [{ page: id, error }])),
  };
}
