// The coordinator's access key: made once, lost, rotated while ticks run, and stopped in between.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, expect, test, vi } from 'vitest';
import type { AccessKey } from '../../../../scripts/deploy/aws/context.ts';
import { type AccessKeyRotation, rotateAccessKey } from '../../../../scripts/deploy/aws/rotate-access-key.ts';
import { DeployError } from '../../../../scripts/deploy/step.ts';
import { type AwsMesh, deploy, startAwsMesh } from '../../../support/deploy/aws-mesh.ts';

const SETTINGS = { name: 'acme', regions: ['us-east-1', 'eu-central-1'] };

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const keyIds = (): string[] => mesh.aws.state.users.get('acme-coordinator')!.keys.map(({ id }) => id);

/** As the coordinator does in a tick. Throws what AWS answers. */
async function tick(credentials: AccessKey): Promise<void> {
  for (const region of SETTINGS.regions) {
    const lambda = new LambdaClient({ region, credentials, endpoint: mesh.aws.url, maxAttempts: 1 });
    await lambda.send(new InvokeCommand({ FunctionName: 'acme-probe', Payload: '{}' }));
    lambda.destroy();
  }
}

/** What survives between runs of rotate-keys: the file of secrets, and the key that the Worker has. */
interface Kept {
  next: AccessKey | null;
  worker: AccessKey;
}

const rotationOf = (kept: Kept): AccessKeyRotation => ({
  next: kept.next,
  async keepNext(key) {
    kept.next = key;
  },
  async activate(key) {
    kept.worker = key;
  },
  async finish(key) {
    mesh.kept.key = key;
    kept.next = null;
  },
});

const start = async (options?: { enforcePolicies: boolean }): Promise<Kept> => {
  mesh = await startAwsMesh(SETTINGS, options);
  expect((await deploy(mesh.context())).failed).toEqual({});
  return { next: null, worker: mesh.kept.key! };
};

test('a key that was made but not kept is deleted, and another one is made', async () => {
  await start();
  const [lost] = keyIds();
  mesh.kept.key = null;
  const { plan, failed } = await deploy(mesh.context());
  expect(plan['aws/access-key']).toMatchObject({
    state: 'different',
    changes: [`${lost}, whose secret is lost → a new key`],
  });
  expect(failed).toEqual({});
  expect(keyIds()).toEqual([mesh.kept.key!.accessKeyId]);
  expect(keyIds()).not.toContain(lost);
  expect(mesh.logged).toEqual([`Deletes access key ${lost}, which a run made that did not end.`]);
  expect(JSON.stringify(mesh.logged)).not.toContain(mesh.kept.key!.secretAccessKey);
});

test('a key that the coordinator uses but that is not kept here is not deleted: the line names the file', async () => {
  await start();
  const used = mesh.kept.key!;
  await tick(used);
  mesh.kept.key = null;
  mesh.mutations();
  const { failed } = await deploy(mesh.context());
  expect(failed['aws/access-key']).toContain(
    `The coordinator uses access key ${used.accessKeyId} of acme-coordinator, whose secret is not in probemesh.secrets.json. Copy that file`,
  );
  expect(mesh.mutations()).toEqual([]);
  await tick(used);
});

test('a key that cannot be kept is deleted again', async () => {
  mesh = await startAwsMesh(SETTINGS);
  const context = {
    ...mesh.context(),
    onAccessKey: () => Promise.reject(new DeployError('Disk full.', 'Free space.')),
  };
  const { failed } = await deploy(context);
  expect(failed['aws/access-key']).toBe('Disk full. Free space.');
  expect(keyIds()).toEqual([]);
});

test('a key that a person made inactive is not replaced without a word', async () => {
  await start();
  const [key] = mesh.aws.state.users.get('acme-coordinator')!.keys;
  key!.isActive = false;
  const { failed } = await deploy(mesh.context());
  expect(failed['aws/access-key']).toContain(`${key!.id} is inactive`);
});

test('a rotation loses no tick, although new keys need a while, and leaves one key', async () => {
  const kept = await start();
  mesh.aws.faults.accessKeyUsableAfterMs = 150;
  const before = kept.worker;
  // The first key is as young as the mesh.
  await vi.waitFor(() => tick(before), { timeout: 30_000 });
  const ticks: unknown[] = [];
  const rotation = rotationOf(kept);
  await rotateAccessKey(mesh.context(), {
    ...rotation,
    async keepNext(key) {
      await rotation.keepNext(key);
      ticks.push(await tick(kept.worker));
    },
    async activate(key) {
      await rotation.activate(key);
      ticks.push(await tick(kept.worker));
    },
  });
  ticks.push(await tick(kept.worker));
  expect(ticks).toHaveLength(3);
  expect(keyIds()).toEqual([kept.worker.accessKeyId]);
  expect(mesh.kept.key).toEqual(kept.worker);
  await expect(tick(before)).rejects.toThrow('security token');
  expect((await deploy(mesh.context())).plan['aws/access-key']).toMatchObject({ state: 'same' });
});

test('the first key stays until the proof that the second works', async () => {
  const kept = await start();
  let asked = 0;
  await rotateAccessKey(mesh.context(), {
    ...rotationOf(kept),
    async isProven(key) {
      asked += 1;
      expect(keyIds()).toHaveLength(2);
      expect(key).toEqual(kept.worker);
      return asked === 3;
    },
  });
  expect(asked).toBe(3);
  expect(keyIds()).toEqual([kept.worker.accessKeyId]);
});

test('a rotation without a proof ends with both keys valid, and its repeat goes on with the same key', async () => {
  const kept = await start();
  const first = kept.worker;
  const context = { ...mesh.context(), wait: async () => {} };
  const never = { ...rotationOf(kept), isProven: async () => false };
  await expect(rotateAccessKey(context, never)).rejects.toThrow('Both keys are valid, so nothing is lost.');
  await tick(first);
  await tick(kept.worker);
  const second = kept.worker;
  await rotateAccessKey(mesh.context(), rotationOf(kept));
  expect(keyIds()).toEqual([second.accessKeyId]);
});

test('a rotation that is stopped after any call or callback is ended by its repeat, and ticks go on throughout', async () => {
  for (const stopAt of [1, 2, 3, 4, 5, 6]) {
    const kept = await start({ enforcePolicies: false });
    let point = 0;
    const stop = (): void => {
      point += 1;
      if (point === stopAt) throw new DeployError('Stopped.', 'Repeat.');
      if (point > stopAt) throw new Error('after the end');
    };
    // Nothing gets through once the run has ended: its own deletion of a key it could not keep does not either.
    mesh.aws.faults.beforeMutation = () => {
      if (point >= stopAt) throw new Error('cut');
    };
    mesh.aws.faults.afterMutation = () => stop();
    const rotation = rotationOf(kept);
    const stopping: AccessKeyRotation = {
      ...rotation,
      async keepNext(key) {
        await rotation.keepNext(key);
        stop();
      },
      async activate(key) {
        await rotation.activate(key);
        stop();
        await tick(key);
      },
      async finish(key) {
        stop();
        await rotation.finish(key);
      },
    };
    const ended = await rotateAccessKey(mesh.context(SETTINGS, { maxAttempts: 1 }), stopping).then(
      () => true,
      () => false,
    );
    expect(ended, `stop ${stopAt}`).toBe(stopAt > 5);
    Object.assign(mesh.aws.faults, { beforeMutation: null, afterMutation: null });
    await tick(kept.worker);
    if (!ended) {
      const repeat = rotationOf(kept);
      await rotateAccessKey(mesh.context(), {
        ...repeat,
        async activate(key) {
          await repeat.activate(key);
          await tick(key);
        },
      });
    }
    expect(keyIds(), `stop ${stopAt}`).toEqual([kept.worker.accessKeyId]);
    expect(mesh.kept.key, `stop ${stopAt}`).toEqual(kept.worker);
    await tick(kept.worker);
    await mesh.stop();
  }
  await start();
});
