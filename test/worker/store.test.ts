import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
test('migrations applied', async () => {
  const r = await (env as any).DB.prepare("select name from sqlite_master where type='table'").all();
  expect(r.results.map((x: any) => x.name)).toContain('journal');
});
