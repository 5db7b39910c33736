// A deployment, a rotation and a removal that end at each call that changes something, and the run after them.
import { afterEach, expect, test } from 'vitest';
import {
  type AwsMesh,
  deploy,
  startAwsMesh,
  statesOf,
  whatExists,
} from '../../../support/deploy/aws-mesh.ts';
import { removeAll } from '../../../support/deploy/remove-all.ts';

const SETTINGS = { name: 'acme', regions: ['eu-central-1'], watchdog: { regions: ['us-east-1'] } };
const start = (): Promise<AwsMesh> => startAwsMesh(SETTINGS, { enforcePolicies: false });

let mesh: AwsMesh | undefined;
afterEach(() => mesh?.stop());

/** AWS carries out the call, its answer is lost, and no other call that changes something gets through. */
function stopAfter({ aws }: AwsMesh, last: number): void {
  const begun = aws.calls.filter(({ mutates }) => mutates).length;
  aws.faults.beforeMutation = ({ mutation }) => {
    if (mutation > begun + last) throw new Error('stopped');
  };
  aws.faults.afterMutation = ({ mutation }) => {
    if (mutation === begun + last) throw new Error('stopped');
  };
}

function goOn({ aws }: AwsMesh): void {
  aws.faults.beforeMutation = null;
  aws.faults.afterMutation = null;
}

test('a deployment that is killed after any call that changes something is ended by the next run', async () => {
  const whole = await start();
  await deploy(whole.context(), { inOrder: true });
  const expected = whatExists(whole);
  const count = whole.mutations().length;
  await whole.stop();
  expect(count).toBeGreaterThan(20);
  for (let last = 0; last < count; last += 1) {
    const one = await start();
    mesh = one;
    stopAfter(one, last);
    const killed = await deploy(one.context(SETTINGS, { maxAttempts: 1 }), { inOrder: true });
    expect(Object.keys(killed.failed), `after call ${last}`).not.toEqual([]);
    goOn(one);
    expect((await deploy(one.context())).failed, `after call ${last}`).toEqual({});
    expect(whatExists(one), `after call ${last}`).toEqual(expected);
    expect(statesOf(await deploy(one.context()))).toEqual(new Set(['same']));
    await one.stop();
    mesh = undefined;
  }
}, 600_000);

test('a removal that is killed after any call that changes something is ended by the next run', async () => {
  for (let last = 0; ; last += 1) {
    const one = await start();
    mesh = one;
    const nothing = whatExists(one);
    await deploy(one.context());
    stopAfter(one, last);
    const killed = await removeAll(one.context(SETTINGS, { maxAttempts: 1 }));
    const isWhole = killed.every(({ result }) => typeof result === 'string');
    goOn(one);
    const removals = await removeAll(one.context());
    expect(
      removals.filter(({ result }) => typeof result === 'object'),
      `after call ${last}`,
    ).toEqual([]);
    expect(whatExists(one), `after call ${last}`).toEqual(nothing);
    await one.stop();
    mesh = undefined;
    if (!isWhole) continue;
    expect(last).toBeGreaterThan(15);
    return;
  }
}, 600_000);
