// Owns nginx: http on one port, https with HTTP/2 on another, with one page for each case of an HTTP check.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';
import type { Certificate } from './certificate.ts';
import { freePort, type LabServer, startServer } from './process.ts';

export interface Nginx extends LabServer {
  /** Of https; `port` is that of http. */
  readonly tlsPort: number;
}

export const PAGE = '<!doctype html><title>Shop</title><p>Open all day.</p>\n';
/** Long enough to be compressed. */
export const STATUS = JSON.stringify({ status: 'ok', parts: Array(200).fill({ up: true }) });

/** https has a certificate for each name, and the first one for every other name. */
export async function startNginx(folder: string, certificates: readonly Certificate[]): Promise<Nginx> {
  const [port, tlsPort] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'pages'));
  writeFileSync(join(folder, 'pages', 'index.html'), PAGE);
  writeFileSync(join(folder, 'pages', 'status.json'), STATUS);
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, configuration(folder, certificates, port, tlsPort));
  const command = [programPath('nginx'), '-p', folder, '-e', 'stderr', '-c', path];
  return { ...(await startServer({ command, port })), tlsPort };
}

/** The bearer token of /private. */
export const TOKEN = 'a-token-of-the-lab';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const configuration = (
  folder: string,
  certificates: readonly Certificate[],
  port: number,
  tlsPort: number,
): string => `
daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 2048; }
http {
  access_log off;
  ${TEMPORARY.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  types { text/html html; application/json json; }
  gzip on;
  gzip_types application/json;
  ssl_protocols TLSv1.2 TLSv1.3;
  root ${folder}/pages;
  server {
    listen 127.0.0.1:${port} backlog=2048;
    location = /old { return 301 /; }
    location = /secure { return 301 https://shop.localhost:${tlsPort}/; }
    location = /around { return 302 /around; }
    location = /metadata { return 302 http://169.254.169.254/latest/meta-data/; }
    location = /broken { return 500 "the database is away\\n"; }
    location = /agent { return 200 "$http_user_agent\\n"; }
    location = /private { if ($http_authorization != "Bearer ${TOKEN}") { return 401; } return 200 "welcome\\n"; }
  }
  ${certificates.map((one, index) => tlsServer(one, tlsPort, index === 0 ? ' default_server backlog=2048' : '')).join('')}
}
`;

const tlsServer = ({ name, certificatePath, keyPath }: Certificate, port: number, more: string): string => `
  server {
    listen 127.0.0.1:${port} ssl http2${more};
    server_name ${name};
    ssl_certificate ${certificatePath};
    ssl_certificate_key ${keyPath};
  }
`;
