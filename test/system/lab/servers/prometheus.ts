// Owns Prometheus: alone, with one target that it scrapes every second with a bearer token.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';
import { freePort, type LabServer, startServer } from './process.ts';

export const PROMTOOL = '/usr/bin/promtool';

/** The configuration of docs/guide/integrations.md, with another address and interval, and the key in a file. */
function configuration(target: string, keyFile: string): string {
  const guide = readFileSync(new URL('../../../../docs/guide/integrations.md', import.meta.url), 'utf8');
  const [, block = ''] = /```yaml prometheus\n([^`]*)```/.exec(guide) ?? [];
  return block
    .replace('scheme: https', 'scheme: http')
    .replace('scrape_interval: 30s', 'scrape_interval: 1s')
    .replace('/etc/prometheus/probemesh.key', keyFile)
    .replace('probemesh.example.com', target);
}

/** It scrapes `target`, a host and port, every second. */
export async function startPrometheus(folder: string, target: string, key: string): Promise<LabServer> {
  const [file, keyFile] = [join(folder, 'prometheus.yml'), join(folder, 'key')];
  const port = await freePort();
  writeFileSync(keyFile, key);
  writeFileSync(file, configuration(target, keyFile));
  return startServer({
    command: [
      programPath('prometheus'),
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    port,
  });
}
