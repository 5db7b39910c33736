// Owns the workflow of GitHub Actions that deploys: with a role of AWS through OpenID Connect, and secrets of the repository. Does not
// make the role.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { environmentName, type SecretName } from './secrets-file.ts';
import type { Settings } from './settings.ts';

export const WORKFLOW_FILE = '.github/workflows/probemesh-deploy.yml';

/** Values of the secrets file that a deployment elsewhere needs: to prove itself, and to keep the access key that is in use. */
const neededBy = ({ signRequests }: Settings): readonly SecretName[] => [
  ...(['watchdogKey', 'awsAccessKeyId', 'awsSecretAccessKey'] as const),
  ...(signRequests ? (['signingKey'] as const) : []),
];

/** Writes it. Returns what a person has to do then, a line each. */
export async function writeWorkflow(root: string, settings: Settings): Promise<string[]> {
  const path = join(root, WORKFLOW_FILE);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, workflowText(settings));
  return [
    `${WORKFLOW_FILE} is written. Before it runs:`,
    '1. Deploy once from your machine: npm run deploy',
    '2. Make a role in IAM that GitHub may assume for this repository, with the permissions of docs/guide/deploy.md. Then:',
    '   gh variable set AWS_DEPLOY_ROLE --body arn:aws:iam::ACCOUNT:role/NAME',
    '3. Make an API token of Cloudflare with the permissions of docs/guide/deploy.md. Then:',
    '   gh secret set CLOUDFLARE_API_TOKEN',
    '   gh variable set CLOUDFLARE_ACCOUNT_ID --body ID',
    '4. Copy these values of probemesh.secrets.json:',
    ...neededBy(settings).map((name) => `   gh secret set ${environmentName(name)}`),
    ...emergencyNames(settings).map((name) => `   gh secret set ${name}`),
    '5. Commit the workflow and the settings. Never commit probemesh.secrets.json.',
  ];
}

/** `$NAME` in the emergency channel. */
const emergencyNames = ({ watchdog }: Settings): string[] =>
  Object.values((watchdog?.emergency ?? {}) as Readonly<Record<string, string>>)
    .filter((value) => /^\$[A-Za-z_]\w*$/.test(value))
    .map((value) => value.slice(1));

export function workflowText(settings: Settings): string {
  const names = [...neededBy(settings).map(environmentName), ...emergencyNames(settings)];
  return `# Deploys the mesh after each push. \`npm run deploy -- --github\` writes this file.
name: Deploy probemesh

on:
  push:
    branches: [main]
  workflow_dispatch:

# Two deployments at a time would undo each other. One that runs is never cut off.
concurrency:
  group: probemesh-deploy
  cancel-in-progress: false

permissions:
  contents: read
  id-token: write

jobs:
  deploy:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: \${{ vars.AWS_DEPLOY_ROLE }}
          aws-region: ${settings.regions[0]}
      - run: npm ci
      - run: npm run deploy -- --yes
        env:
          CLOUDFLARE_API_TOKEN: \${{ secrets.CLOUDFLARE_API_TOKEN }}
          CLOUDFLARE_ACCOUNT_ID: \${{ vars.CLOUDFLARE_ACCOUNT_ID }}
${names.map((name) => `          ${name}: \${{ secrets.${name} }}`).join('\n')}
`;
}
