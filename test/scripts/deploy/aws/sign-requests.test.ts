// The signing key of the probes on AWS, with the deployer's policy enforced: the key is set after it is shown, and goes again.
import { afterEach, expect, test } from 'vitest';
import type { AwsContext } from '../../../../scripts/deploy/aws/context.ts';
import { type AwsMesh, deploy, startAwsMesh, statesOf } from '../../../support/deploy/aws-mesh.ts';

const SIGNED = { name: 'acme', regions: ['us-east-1', 'eu-central-1'], signRequests: true };
const VARIABLES = { PROBEMESH_SIGNING_KEY: 'k', PROBEMESH_SIGNATURE_AGENT: 'https://mesh.acme.dev' };

let mesh: AwsMesh;
afterEach(() => mesh.stop());

const environments = () =>
  SIGNED.regions.map(
    (region) => mesh.aws.state.regions.get(region)!.functions.get('acme-probe')!.environment,
  );

const withSigning = (context: AwsContext, signing: Partial<AwsContext['signing']>): AwsContext => ({
  ...context,
  signing: { ...context.signing, ...signing },
});

test('who deploys may set the key with the policy as it is, a repeat changes nothing, and false removes it', async () => {
  mesh = await startAwsMesh(SIGNED);
  expect((await deploy(mesh.context())).failed).toEqual({});
  expect(environments()).toEqual([VARIABLES, VARIABLES]);
  mesh.mutations();
  expect(statesOf(await deploy(mesh.context()))).toEqual(new Set(['same']));
  expect(mesh.mutations()).toEqual([]);
  // Another change of the function leaves the key alone.
  expect((await deploy(mesh.context({ ...SIGNED, memory: 512 }))).failed).toEqual({});
  expect(environments()).toEqual([VARIABLES, VARIABLES]);
  const off = await deploy(mesh.context({ ...SIGNED, memory: 512, signRequests: false }));
  expect(off.failed).toEqual({});
  expect(off.plan['aws/us-east-1/probe']).toMatchObject({
    changes: ['PROBEMESH_SIGNING_KEY a key → none', 'PROBEMESH_SIGNATURE_AGENT https://mesh.acme.dev → none'],
  });
  expect(environments()).toEqual([{}, {}]);
});

test('a probe does not get a key that the coordinator does not show to targets', async () => {
  mesh = await startAwsMesh(SIGNED);
  const hidden = withSigning(mesh.context(), { isPublished: async () => false });
  const { failed } = await deploy({ ...hidden, wait: async () => undefined });
  expect(Object.keys(failed)).toEqual(SIGNED.regions.map((region) => `aws/${region}/probe-signing`));
  expect(failed['aws/us-east-1/probe-signing']).toContain('does not show its public half');
  expect(environments()).toEqual([{}, {}]);
});

test('a key that is replaced is not in the plan', async () => {
  mesh = await startAwsMesh(SIGNED);
  await deploy(mesh.context());
  const variables = () => ({ ...VARIABLES, PROBEMESH_SIGNING_KEY: 'another-secret' });
  const { plan } = await deploy(withSigning(mesh.context(), { variables }));
  expect(plan['aws/us-east-1/probe-signing']).toEqual({
    state: 'different',
    detail: 'will be replaced',
    changes: ['PROBEMESH_SIGNING_KEY → another key'],
  });
  expect(environments()[0]).toEqual(variables());
});
