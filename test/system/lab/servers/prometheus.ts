// Owns Prometheus: alone, with one target that it scrapes every second with a bearer token.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';
import { freePort, type LabServer, startServer } from './process.ts';

export const PROMTOOL = '/usr/bin/promtool';

/** The configuration is that of docs/guide/integrations.md, but for the address and the interval. */
export async function startPrometheus(folder: string, target: string, key: string): Promise<LabServer> {
  const file = join(folder, 'prometheus.yml');
  const port = await freePort();
  writeFileSync(
    file,
    [
      'scrape_configs:',
      '  - job_name: probemesh',
      '    scrape_interval: 1s',
      `    authorization: { credentials: '${key}' }`,
      `    static_configs: [{ targets: ['${target}'] }]`,
      '',
    ].join('\n'),
  );
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
