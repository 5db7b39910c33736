// What a deployment does at Cloudflare: a first one, a repeat, one that is killed, an upgrade, and names that are in use.
import { createHash } from 'node:crypto';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectAll } from '../../../../scripts/deploy/plan.ts';
import {
  type CloudflareRunOptions,
  carriedOut,
  cloudflareRun,
  deployed,
  failures,
  outcomes,
  states,
} from '../../../support/deploy/cloudflare-steps.ts';
import { FakeCloudflare } from '../../../support/deploy/fake-cloudflare.ts';
import { temporaryRoot } from '../../../support/deploy/temporary-root.ts';

const DOMAIN = { domain: 'status.acme.dev' };

async function firstDeployment(options: CloudflareRunOptions = {}) {
  const root = await temporaryRoot();
  const cloudflare = new FakeCloudflare(root);
  const reports = await deployed(await cloudflareRun(root, cloudflare, options));
  return { root, cloudflare, reports };
}

const allOf = (state: string, reports: Record<string, string>): boolean =>
  Object.values(reports).every((one) => one === state);

test('the first deployment makes everything, with calls of wrangler whose arguments have no secret', async () => {
  const { root, cloudflare, reports } = await firstDeployment();
  expect(failures(reports)).toEqual([]);
  expect(cloudflare.calls.filter((call) => !/ (list|info|status|view|execute) /.test(`${call} `))).toEqual(
    [
      'queues create mesh-dead-letters --config ./dist/deploy/lookup.json',
      'd1 create mesh --config ./dist/deploy/lookup.json',
      'queues create mesh-deliveries --config ./dist/deploy/lookup.json',
      'queues create mesh-ticks --config ./dist/deploy/lookup.json',
      'd1 migrations apply DB --remote --config ./dist/deploy/wrangler.json',
      'secret bulk --name mesh --config ./dist/deploy/lookup.json',
      expect.stringMatching(
        /^deploy --dry-run --outdir .\/dist\/deploy\/bundle --config .\/dist\/deploy\/wrangler.json$/,
      ),
      expect.stringMatching(
        /^deploy --config .\/dist\/deploy\/wrangler.json --tag [0-9a-f]{12} --message probemesh \S+$/,
      ),
      expect.stringMatching(/^deploy --config /),
    ].sort(byOrderOf(cloudflare.calls)),
  );
  const { values } = JSON.parse(await readFile(join(root, 'probemesh.secrets.json'), 'utf8')) as {
    readonly values: Readonly<Record<string, string>>;
  };
  for (const value of Object.values(values)) expect(cloudflare.calls.join('\n')).not.toContain(value);
  expect((await stat(join(root, 'probemesh.secrets.json'))).mode & 0o777).toBe(0o600);
});

/** The calls as they were made: steps without needs of each other run in any order. */
const byOrderOf = (calls: readonly string[]) => (a: unknown, b: unknown) => {
  const place = (one: unknown): number =>
    typeof one === 'string' ? calls.indexOf(one) : Number.MAX_SAFE_INTEGER;
  return place(a) - place(b);
};

test('the Worker has its secrets, and of the setup token only the hash', async () => {
  const { root, cloudflare } = await firstDeployment();
  const { values } = JSON.parse(await readFile(join(root, 'probemesh.secrets.json'), 'utf8')) as {
    readonly values: Readonly<Record<string, string>>;
  };
  const { secrets } = cloudflare.running('mesh')!;
  expect(Object.fromEntries(secrets)).toEqual({
    ENCRYPTION_KEY: values.encryptionKey,
    WATCHDOG_KEY: values.watchdogKey,
    SETUP_TOKEN_SHA256: createHash('sha256').update(values.setupToken!).digest('hex'),
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
  });
});

test('without a domain the Worker learns its address on workers.dev from its first deployment', async () => {
  const { cloudflare } = await firstDeployment();
  const { bindings } = cloudflare.running('mesh')!;
  expect(bindings.find(({ name }) => name === 'PUBLIC_URL')?.text).toBe('https://mesh.acme.workers.dev');
});

test('with a domain the Worker is deployed once, and its address is that domain', async () => {
  const { cloudflare } = await firstDeployment({ settings: DOMAIN });
  expect(cloudflare.calls.filter((call) => call.startsWith('deploy --config'))).toHaveLength(1);
  const { bindings } = cloudflare.running('mesh')!;
  expect(bindings.find(({ name }) => name === 'PUBLIC_URL')?.text).toBe('https://status.acme.dev');
});

test('a repeated deployment finds everything as it should be, and calls nothing that changes anything', async () => {
  const { root, cloudflare } = await firstDeployment();
  cloudflare.revive();
  const run = await cloudflareRun(root, cloudflare);
  const plan = await inspectAll(run.steps);
  expect(allOf('same', states(plan))).toBe(true);
  await carriedOut(plan);
  expect(
    cloudflare.calls.filter((call) => / (create|delete|apply|bulk|rollback) |^deploy --config/.test(call)),
  ).toEqual([]);
});

const CHANGES = / (create|apply|bulk) |^deploy --config/;

test('a deployment that is killed at any call of wrangler that changes something is finished by the next one', async () => {
  const { cloudflare: whole } = await firstDeployment();
  const calls = whole.calls.flatMap((call, index) => (CHANGES.test(call) ? [index + 1] : []));
  expect(calls).toHaveLength(8);
  for (const call of calls)
    for (const isAfter of [false, true]) {
      const root = await temporaryRoot();
      const cloudflare = new FakeCloudflare(root);
      cloudflare.kill = { call, isAfter };
      await deployed(await cloudflareRun(root, cloudflare));
      expect(cloudflare.isDead).toBe(true);
      cloudflare.revive();
      const repeated = await deployed(await cloudflareRun(root, cloudflare));
      expect({ call, isAfter, failures: failures(repeated) }).toEqual({ call, isAfter, failures: [] });
      const again = states(await inspectAll((await cloudflareRun(root, cloudflare)).steps));
      expect({ call, isAfter, isSame: allOf('same', again) }).toEqual({ call, isAfter, isSame: true });
      const { values } = JSON.parse(await readFile(join(root, 'probemesh.secrets.json'), 'utf8'));
      expect(cloudflare.running('mesh')!.secrets.get('ENCRYPTION_KEY')).toBe(values.encryptionKey);
    }
}, 180_000);

test('new code deploys the Worker again and nothing else, and the plan says so', async () => {
  const { root, cloudflare } = await firstDeployment();
  cloudflare.code = 'export default { newer: true };';
  const plan = await inspectAll((await cloudflareRun(root, cloudflare)).steps);
  expect(Object.entries(states(plan)).filter(([, state]) => state !== 'same')).toEqual([
    ['cloudflare/worker', 'different'],
  ]);
  expect(outcomes(await carriedOut(plan))['cloudflare/worker']).toBe('done');
});

test('a changed setting is shown as the variable that changes', async () => {
  const { root, cloudflare } = await firstDeployment();
  const run = await cloudflareRun(root, cloudflare, { settings: { memory: 512 } });
  const planned = (await inspectAll(run.steps)).find(({ step }) => step.id === 'cloudflare/worker');
  expect(planned?.result).toMatchObject({ changes: ['PROBE_MEMORY_MB 256 → 512'] });
});

test('a key that is in use is not replaced when the secrets file is lost', async () => {
  const { root, cloudflare } = await firstDeployment();
  const before = cloudflare.running('mesh')!.secrets.get('ENCRYPTION_KEY');
  const elsewhere = await temporaryRoot();
  const run = await cloudflareRun(elsewhere, cloudflare);
  expect(failures(await deployed(run))).toEqual([]);
  expect(cloudflare.running('mesh')!.secrets.get('ENCRYPTION_KEY')).toBe(before);
  expect(run.secrets.exists).toBe(false);
  expect(root).not.toBe(elsewhere);
});

test('on a machine of CI no encryption key is made that is thrown away with it', async () => {
  const { reports, cloudflare } = await firstDeployment({ env: { CI: 'true' } });
  expect(failures(reports).join()).toContain(
    'Deploy once from your machine, or set PROBEMESH_ENCRYPTION_KEY',
  );
  expect(cloudflare.running('mesh')).toBeUndefined();
});

test('a database, a queue and a Worker of the same name that are something else are left alone', async () => {
  const root = await temporaryRoot();
  const cloudflare = new FakeCloudflare(root);
  await cloudflare.runner(['d1', 'create', 'mesh']);
  cloudflare.databases.get('mesh')!.sqlite.exec('create table orders (id integer)');
  cloudflare.queues.set('mesh-ticks', { producers: new Set(['shop']), consumers: new Set() });
  cloudflare.scripts.set('mesh', {
    deployed: 'v1',
    versions: [
      {
        ...{ id: 'v1', bindings: [{ type: 'plain_text', name: 'SHOP', text: 'x' }], secrets: new Map() },
        ...{ migrationTag: undefined, annotations: {} },
      },
    ],
  });
  cloudflare.revive();
  const run = await cloudflareRun(root, cloudflare);
  const reports = await deployed(run);
  expect(failures(reports).join('\n')).toContain('A D1 database mesh has other tables: orders.');
  expect(failures(reports).join('\n')).toContain('The queue mesh-ticks is used by the Worker shop.');
  expect(cloudflare.calls.filter((call) => /apply|^deploy --config/.test(call))).toEqual([]);
  for (const step of run.steps) await step.remove?.();
  expect([...cloudflare.databases.keys(), ...cloudflare.scripts.keys()]).toEqual(['mesh', 'mesh']);
  expect(cloudflare.queues.has('mesh-ticks')).toBe(true);
});

test('secrets are not set on a Worker that is something else', async () => {
  const root = await temporaryRoot();
  const cloudflare = new FakeCloudflare(root);
  cloudflare.scripts.set('mesh', {
    deployed: 'v1',
    versions: [
      {
        ...{ id: 'v1', bindings: [{ type: 'plain_text', name: 'SHOP', text: 'x' }], secrets: new Map() },
        ...{ migrationTag: undefined, annotations: {} },
      },
    ],
  });
  await deployed(await cloudflareRun(root, cloudflare));
  expect(cloudflare.calls.filter((call) => call.startsWith('secret bulk'))).toEqual([]);
});

test('a domain that has DNS records is not taken without --replace-dns', async () => {
  const options = { settings: DOMAIN, usedHosts: ['status.acme.dev'] };
  const { reports, cloudflare } = await firstDeployment(options);
  expect(failures(reports).join()).toContain('status.acme.dev has DNS records now, which would be replaced.');
  expect(cloudflare.calls.filter((call) => call.startsWith('deploy --config'))).toEqual([]);
  const agreed = await firstDeployment({ ...options, replacesDns: true });
  expect(failures(agreed.reports)).toEqual([]);
});

test('the own domain of a mesh has DNS records after its first deployment, and that is no problem', async () => {
  const { root, cloudflare } = await firstDeployment({ settings: DOMAIN });
  const run = await cloudflareRun(root, cloudflare, { settings: DOMAIN, usedHosts: ['status.acme.dev'] });
  expect(allOf('same', states(await inspectAll(run.steps)))).toBe(true);
});

/** Another release whose wrangler.toml has a new change of Durable Object classes. */
const addMigration = (root: string): Promise<void> =>
  appendFile(
    join(root, 'wrangler.toml'),
    '\n[[migrations]]\ntag = "deployment-test-1"\nnew_sqlite_classes = ["Test"]\n',
  );

test('a first deployment needs no agreement to a change of Durable Object classes', async () => {
  const root = await temporaryRoot();
  await addMigration(root);
  const cloudflare = new FakeCloudflare(root);
  expect(failures(await deployed(await cloudflareRun(root, cloudflare)))).toEqual([]);
  expect(cloudflare.running('mesh')!.migrationTag).toBe('deployment-test-1');
});

test('an upgrade that changes Durable Object classes says that there is no way back, and needs --no-rollback', async () => {
  const { root, cloudflare } = await firstDeployment();
  await addMigration(root);
  const run = await cloudflareRun(root, cloudflare);
  const plan = await inspectAll(run.steps);
  const planned = plan.find(({ step }) => step.id === 'cloudflare/worker');
  expect(planned?.result).toMatchObject({
    changes: expect.arrayContaining([
      expect.stringMatching(/^Durable Object classes: .+ → deployment-test-1, without a way back$/),
    ]),
  });
  const before = cloudflare.running('mesh')!.id;
  expect(failures(await carriedOut(plan)).join()).toContain('then add --no-rollback');
  expect(cloudflare.running('mesh')!.id).toBe(before);
  const agreed = await cloudflareRun(root, cloudflare, { allowsNoRollback: true });
  expect(failures(await deployed(agreed))).toEqual([]);
  expect(cloudflare.running('mesh')!.migrationTag).toBe('deployment-test-1');
});
