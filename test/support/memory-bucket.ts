// Owns a bucket in memory for tests of the copies, whose writes can fail.
import type { Bucket } from '../../src/watchdog/page-copy/write-copy.ts';

export class MemoryBucket implements Bucket {
  readonly objects = new Map<string, { readonly body: string; readonly contentType: string }>();
  /** Paths in the order in which they were written. */
  readonly written: string[] = [];
  /** Throws for a write that fails. */
  beforePut: (path: string) => void = () => {};

  put = async (path: string, body: string, contentType: string): Promise<void> => {
    this.beforePut(path);
    this.written.push(path);
    this.objects.set(path, { body, contentType });
  };

  get = async (path: string): Promise<string | null> => this.objects.get(path)?.body ?? null;

  text(path: string): string {
    const found = this.objects.get(path);
    if (found === undefined) throw new Error(`the bucket has no ${path}`);
    return found.body;
  }
}
