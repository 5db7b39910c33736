// Prints the policy that a person or program needs on AWS to run the deployment: for the settings of this folder.
// node scripts/deploy/aws/policies/main.ts ACCOUNT_ID
import { namesOf } from '../../names.ts';
import { readSettings, SETTINGS_FILE } from '../../settings.ts';
import { deployerPolicy, regionsOf } from './deployer.ts';

const [accountId = ''] = process.argv.slice(2);
const settings = await readSettings(SETTINGS_FILE);
if (!/^\d{12}$/.test(accountId) || settings === null) {
  console.error(
    settings === null
      ? `${SETTINGS_FILE} does not exist. Run \`npm run deploy\` first: it asks for the settings and writes the file.`
      : 'The account is missing. Run `node scripts/deploy/aws/policies/main.ts 123456789012` with the number of yours.',
  );
  process.exitCode = 2;
} else {
  const policy = deployerPolicy({ accountId, names: namesOf(settings) }, regionsOf(settings));
  console.log(JSON.stringify(policy, null, 2));
}
