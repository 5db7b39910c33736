// What `npm run dev` rebuilds after an edit, with builds that only count.
import { EventEmitter, on } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRebuilder, type Rebuildable } from '../../../scripts/start/rebuild.ts';
import { watchFolders } from '../../../scripts/start/watch.ts';

const part = (name: string, sources: string[], rebuild: () => Promise<void>): Rebuildable => ({
  ...{ name, sources, rebuild },
});

describe('rebuilding after an edit', () => {
  test('a build that fails is logged, the next edit builds again', async () => {
    const log: string[] = [];
    let builds = 0;
    const worker = part('Worker', ['src'], async () => {
      builds += 1;
      if (builds === 1) throw new Error('src/app.ts:1:3: ERROR: Unexpected "}"');
    });
    const rebuild = createRebuilder([worker], (line) => log.push(line));
    await rebuild(['src/app.ts']);
    expect(log).toEqual([
      'src/app.ts changed: rebuilding the Worker …',
      'the Worker was not replaced: src/app.ts:1:3: ERROR: Unexpected "}"',
    ]);
    await rebuild(['src/app.ts', 'src/b.ts']);
    expect(log.slice(2)).toEqual([
      'src/app.ts and 1 more changed: rebuilding the Worker …',
      expect.stringMatching(/^the Worker is rebuilt \(\d+\.\d s\)$/),
    ]);
  });

  test('an edit rebuilds only the parts that have the file among their sources', async () => {
    const built: string[] = [];
    const named = (name: string, sources: string[]) => part(name, sources, async () => void built.push(name));
    const parts = [named('Worker', ['src', 'probes/contract']), named('probe', ['probes'])];
    const rebuild = createRebuilder(parts, () => {});
    const builtFor = async (file: string): Promise<string[]> => {
      built.length = 0;
      await rebuild([file]);
      return [...built];
    };
    expect(await builtFor('src/http/app.ts')).toEqual(['Worker']);
    expect(await builtFor('probes/net/tcp.ts')).toEqual(['probe']);
    expect(await builtFor('probes/contract/job.ts')).toEqual(['Worker', 'probe']);
    expect(await builtFor('srcs/other.ts')).toEqual([]);
  });

  test('edits during a build are built once, after it', async () => {
    let builds = 0;
    let finish = (): void => {};
    const slow = part('Worker', ['src'], () => {
      builds += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    const rebuild = createRebuilder([slow], () => {});
    const first = rebuild(['src/a.ts']);
    void rebuild(['src/b.ts']);
    void rebuild(['src/c.ts']);
    expect(builds).toBe(1);
    finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(builds).toBe(2);
    finish();
    await first;
    expect(builds).toBe(2);
  });
});

describe('watching folders', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'probemesh-watch-'));
    mkdirSync(join(root, 'src', 'http'), { recursive: true });
    writeFileSync(join(root, 'src', 'http', 'app.ts'), '1');
  });
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
    rmSync(root, { recursive: true });
  });

  /** Watches until the test ends; `next` waits for the next report. */
  function watchInto(folders: readonly string[]): { next(): Promise<readonly string[]> } {
    const edits = new EventEmitter();
    const reports = on(edits, 'edit');
    stops.push(watchFolders(root, folders, (files) => edits.emit('edit', files)));
    return { next: async () => (await reports.next()).value![0] };
  }

  test('edits close together are reported once, without temporary files of editors', async () => {
    const edits: (readonly string[])[] = [];
    const edited = new Promise<void>((resolve) => {
      const stop = watchFolders(root, ['src'], (files) => {
        edits.push(files);
        stop();
        resolve();
      });
    });
    writeFileSync(join(root, 'src', 'http', '.app.ts.swp'), '');
    writeFileSync(join(root, 'src', 'http', 'app.ts~'), '1');
    writeFileSync(join(root, 'src', 'http', 'app.ts'), '2');
    writeFileSync(join(root, 'src', 'new.tsx'), '1');
    await edited;
    expect(edits).toEqual([['src/http/app.ts', 'src/new.tsx']]);
  });

  test('every save that replaces the file is reported', async () => {
    const app = join(root, 'src', 'http', 'app.ts');
    const edits = watchInto(['src']);
    for (const text of ['2', '3']) {
      writeFileSync(`${app}.swp`, text);
      renameSync(`${app}.swp`, app);
      expect(await edits.next()).toEqual(['src/http/app.ts']);
    }
    rmSync(app);
    writeFileSync(app, '4');
    expect(await edits.next()).toEqual(['src/http/app.ts']);
  });

  test('files of a new folder are reported, also if the folder replaces another', async () => {
    const edits = watchInto(['src']);
    for (const text of ['1', '2']) {
      rmSync(join(root, 'src', 'dns'), { recursive: true, force: true });
      mkdirSync(join(root, 'src', 'dns', 'records'), { recursive: true });
      writeFileSync(join(root, 'src', 'dns', 'records', 'a.ts'), text);
      expect(await edits.next()).toEqual(['src/dns/records/a.ts']);
      writeFileSync(join(root, 'src', 'dns', 'records', 'a.ts'), `${text} again`);
      expect(await edits.next()).toEqual(['src/dns/records/a.ts']);
    }
  });

  test('after stopping, no edit is reported', async () => {
    const edits: (readonly string[])[] = [];
    const stop = watchFolders(root, ['src'], (files) => edits.push(files));
    writeFileSync(join(root, 'src', 'http', 'app.ts'), '2');
    stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(edits).toEqual([]);
  });
});
