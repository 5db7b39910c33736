// Owns parameters of Systems Manager in the local AWS: docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
// and its neighbours.
import * as sdk from '@aws-sdk/client-ssm';
import type { Parameter } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Context, Service } from '../service.ts';
import { addTags, tagList, tagsOf } from '../tags.ts';

const MAX_BYTES = { Standard: 4_096, Advanced: 8_192 };
const validation = (message: string): AwsError => new AwsError('ValidationException', message);

function findParameter(nameOrArn: string | undefined, { region }: Context): Parameter {
  const name = /:parameter(?<name>\/.+)$/.exec(nameOrArn ?? '')?.groups?.name ?? nameOrArn ?? '';
  const parameter = region.parameters.get(name);
  if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  return parameter;
}

function findTagged(
  input: { ResourceType?: string | undefined; ResourceId?: string | undefined },
  context: Context,
): Parameter {
  if (input.ResourceType !== 'Parameter')
    throw new AwsError('InvalidResourceType', `The local AWS has no ${input.ResourceType}.`);
  const parameter = context.region.parameters.get(input.ResourceId ?? '');
  if (!parameter)
    throw new AwsError(
      'InvalidResourceId',
      `The resource ID is not valid. Verify that you entered the correct ID and try again.`,
    );
  return parameter;
}

export const SSM: Service = {
  name: 'ssm',
  protocol: 'json-rpc',
  sdk,
  operations: {
    PutParameter(input: sdk.PutParameterRequest, context: Context): sdk.PutParameterResult {
      const { region, regionName, account, now } = context;
      const { Name: name = '', Value: value = '', Tags } = input;
      checkName(name);
      const old = region.parameters.get(name);
      if (input.Overwrite && Tags && Tags.length > 0)
        throw validation(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        );
      if (old && !input.Overwrite)
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      const type = input.Type ?? old?.type;
      if (!type) throw validation('A parameter type is required when you create a parameter.');
      if (
        old &&
        type !== old.type &&
        old.type === 'SecureString' &&
        input.Type !== undefined &&
        input.Type !== 'SecureString'
      )
        throw new AwsError(
          'HierarchyTypeMismatchException',
          'Parameter Store does not support changing a parameter type in a hierarchy.',
        );
      const tier = input.Tier === 'Advanced' || old?.tier === 'Advanced' ? 'Advanced' : 'Standard';
      if (value === '')
        throw validation(
          "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
        );
      if (Buffer.byteLength(value) > MAX_BYTES[tier])
        throw validation(
          `${tier} tier parameters support a maximum parameter value of ${MAX_BYTES[tier]} characters.${tier === 'Standard' ? ' To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html' : ''}`,
        );
      if (old) {
        Object.assign(old, { type, tier, value, version: old.version + 1, modifiedAt: now });
        return { Version: old.version, Tier: tier };
      }
      const arn = `arn:aws:ssm:${regionName}:${account.id}:parameter${name.startsWith('/') ? name : `/${name}`}`;
      region.parameters.set(name, {
        name,
        arn,
        type,
        tier,
        value,
        version: 1,
        modifiedAt: now,
        tags: tagsOf(Tags as never),
      });
      return { Version: 1, Tier: tier };
    },
    GetParameter: (input: sdk.GetParameterRequest, context: Context): sdk.GetParameterResult => ({
      Parameter: describe(findParameter(input.Name, context), input.WithDecryption ?? false),
    }),
    DeleteParameter(input: sdk.DeleteParameterRequest, context: Context): object {
      context.region.parameters.delete(findParameter(input.Name, context).name);
      return {};
    },
    AddTagsToResource(input: sdk.AddTagsToResourceRequest, context: Context): object {
      addTags(findTagged(input, context).tags, tagsOf(input.Tags as never));
      return {};
    },
    RemoveTagsFromResource(input: sdk.RemoveTagsFromResourceRequest, context: Context): object {
      for (const key of input.TagKeys ?? []) findTagged(input, context).tags.delete(key);
      return {};
    },
    ListTagsForResource: (
      input: sdk.ListTagsForResourceRequest,
      context: Context,
    ): sdk.ListTagsForResourceResult => ({
      TagList: tagList(findTagged(input, context).tags),
    }),
  },
  // docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
  permissions(operation, input: { Name?: string; ResourceId?: string; Tags?: readonly object[] }, context) {
    const name = (input.Name ?? input.ResourceId ?? '').replace(/^.*:parameter\//, '').replace(/^\//, '');
    const resource = `arn:aws:ssm:${context.regionName}:${context.account.id}:parameter/${name}`;
    const permissions = [{ action: `ssm:${operation}`, resource }];
    if (operation === 'PutParameter' && (input.Tags ?? []).length > 0)
      permissions.push({ action: 'ssm:AddTagsToResource', resource });
    return permissions;
  },
};

/** docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
function checkName(name: string): void {
  if (!/^[\w.\-/]{1,1011}$/.test(name) || (name.includes('/') && !name.startsWith('/')))
    throw validation(
      'Parameter name must be a fully qualified name: only a mix of letters, numbers and the following 4 symbols .-_/ are allowed.',
    );
  if (/^\/?(aws|ssm)/i.test(name))
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  if (name.split('/').length > 16)
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      'A hierarchy can have a maximum of 15 levels.',
    );
}

const describe = (parameter: Parameter, isDecrypted: boolean): sdk.Parameter => ({
  Name: parameter.name,
  ARN: parameter.arn,
  Type: parameter.type,
  Value: parameter.type === 'SecureString' && !isDecrypted ? sealed(parameter) : parameter.value,
  Version: parameter.version,
  LastModifiedDate: new Date(parameter.modifiedAt),
  DataType: 'text',
});

/** A text in which the value is not readable, as KMS's. */
const sealed = ({ name, version }: Parameter): string =>
  Buffer.from(`sealed ${name} ${version}`).toString('base64');
