// Owns the Microsoft Teams channel: an Adaptive Card to the URL of a workflow. Pure.
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
// Connectors of Microsoft 365 are retired: a workflow takes Adaptive Cards only.
import { z } from 'zod';
import { type ChannelResponse, defineChannel, type Outcome } from './channel.ts';
import { fieldsOf, jsonOf, postJson } from './chat-text.ts';
import { adaptiveCard, itemsThatFit } from './teams-card.ts';
import { receiverUrl } from './url-field.ts';

const EXAMPLE =
  'https://prod-00.westeurope.logic.azure.com/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=example-signature';

export const teams = defineChannel({
  type: 'teams',
  audience: 'people',
  hasTemplates: true,
  docs: {
    name: 'Microsoft Teams',
    summary: 'Posts Adaptive Cards to a channel or a chat of Microsoft Teams, by a workflow.',
    setup: [
      'In Teams, open the menu of the channel, then **Workflows**.',
      'Choose the template **Send webhook alerts to a channel**, or for a chat **Send webhook alerts to a chat**.',
      'Copy the URL of the workflow to `url`. The URL contains its signature: treat it as a password.',
      'Add a second owner to the workflow in Power Automate. A workflow stops when its only owner leaves.',
    ],
    example: { url: EXAMPLE },
    behaviour: [
      'A message is one card with a coloured title, a summary, facts, and buttons for the acknowledgement, the incident and the runbook.',
      'Names and details are plain text: Teams reads no Markdown in them, and they mention no person.',
      'The workflow responds before it posts. A card that Teams then refuses is visible in the run history of the workflow only.',
      'If the workflow was deleted or is turned off, repeated attempts disable the channel.',
    ],
    limits: [
      'A card: 28 KB. A digest lists as many notifications as fit, and the next message lists the rest.',
    ],
    references: [
      {
        label: 'Workflows and webhooks',
        url: 'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using',
      },
      {
        label: 'Text formatting in cards',
        url: 'https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format',
      },
      { label: 'Adaptive Cards', url: 'https://adaptivecards.io/explorer/' },
    ],
  },
  config: z.strictObject({
    url: receiverUrl('Remove them: the signature in the URL is its password.').meta({
      description: 'URL of the workflow. Stored encrypted; never returned.',
      example: EXAMPLE,
    }),
  }),
  secretFields: [],
  sentFields: [],
  urlFields: ['url'],
  capacity: itemsThatFit,
  async requests(message, { url }) {
    const content = adaptiveCard(message);
    const contentType = 'application/vnd.microsoft.card.adaptive';
    return [postJson(url, { type: 'message', attachments: [{ contentType, contentUrl: null, content }] })];
  },
  outcomeOf,
});

/** https://learn.microsoft.com/azure/logic-apps/error-exception-handling and the codes of the trigger's responses. */
const GONE: ReadonlySet<string> = new Set([
  ...['WorkflowNotFound', 'WorkflowTriggerNotFound', 'WorkflowTriggerIsNotEnabled', 'WorkflowDisabled'],
]);

function outcomeOf({ status, body }: ChannelResponse): Outcome | null {
  if (status < 400 || status === 408 || status >= 429) return null;
  const details = fieldsOf(jsonOf(body)?.error);
  const code = String(details.code ?? '');
  const error = [code, String(details.message ?? '')].filter((text) => text !== '').join(': ');
  return { result: GONE.has(code) ? 'gone' : 'dead', error: error.slice(0, 150) };
}
