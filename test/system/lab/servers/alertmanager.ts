// Owns Prometheus Alertmanager: alone, without a cluster, with one webhook receiver that it notifies at once.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';
import { freePort, type LabServer, startServer } from './process.ts';

/** `webhookUrl` gets every change of an alert within a second. */
export async function startAlertmanager(folder: string, webhookUrl: string): Promise<LabServer> {
  const file = join(folder, 'alertmanager.yml');
  const storage = join(folder, 'alertmanager');
  mkdirSync(storage);
  const route =
    "{ receiver: lab, group_by: ['...'], group_wait: 100ms, group_interval: 500ms, repeat_interval: 1h }";
  const receiver = `{ name: lab, webhook_configs: [{ url: '${webhookUrl}', send_resolved: true }] }`;
  writeFileSync(file, `route: ${route}\nreceivers: [${receiver}]\n`);
  const port = await freePort();
  return startServer({
    command: [
      programPath('alertmanager'),
      `--config.file=${file}`,
      `--storage.path=${storage}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    port,
  });
}
