// Owns the API reference page, rendered from the OpenAPI document without a script. Does not describe any route itself.
import type { OpenApiDocument } from '../api/openapi.ts';
import { PROBLEMS } from '../problems.ts';
import { Breakable } from '../ui/breakable.tsx';
import { Layout } from '../ui/layout.tsx';
import { curl, exampleOf, resolve, type Schemas } from './examples.ts';
import { Fields, Prose, type Schema, Type } from './schema.tsx';

/** The part of an operation that the page shows. */
interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly id: string;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const TONES: Record<string, string> = {
  get: 'calm',
  post: 'good',
  put: 'warn',
  patch: 'warn',
  delete: 'bad',
};

function entriesOf(paths: object | undefined): Entry[] {
  return Object.entries(paths ?? {}).flatMap(([path, item]: [string, Record<string, Operation>]) =>
    METHODS.flatMap((method): Entry[] => {
      const operation = item[method];
      return operation ? [{ method, path, operation, id: operation.operationId ?? `${method}-${path}` }] : [];
    }),
  );
}

export const ReferencePage = ({ document }: { document: OpenApiDocument }) => {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  const server = document.servers?.[0]?.url ?? '';
  const operations = entriesOf(document.paths);
  const webhooks = entriesOf(document.webhooks);
  const groups = (document.tags ?? []).map(({ name, description }) => ({
    name,
    description: description ?? '',
    entries: [...operations, ...webhooks].filter(({ operation }) => operation.tags?.includes(name)),
  }));
  return (
    <Layout title="API reference – probemesh" width="reference">
      <div class="columns">
        <Contents groups={groups} schemas={schemas} />
        <div>
          <h1>API reference</h1>
          <p>
            <Prose text={document.info.description ?? ''} /> Machine-readable:{' '}
            <a href="/api/v1/openapi.json">OpenAPI 3.1</a>.
          </p>
          <p>The examples read the API key from a shell variable:</p>
          <pre tabindex={0}>
            <code>TOKEN='your API key'</code>
          </pre>
          {groups.map(({ name, description, entries }) => (
            <section aria-labelledby={groupId(name)}>
              <h2 id={groupId(name)}>{name}</h2>
              <p>{description}</p>
              {name === 'Webhooks' ? (
                <WebhookGroup entries={entries} />
              ) : (
                entries.map((entry) => <OperationCard entry={entry} schemas={schemas} server={server} />)
              )}
            </section>
          ))}
          <Objects schemas={schemas} />
          <Problems />
        </div>
      </div>
    </Layout>
  );
};

/** A space would separate two ids in `aria-labelledby`. */
const groupId = (name: string): string => `group-${name.replaceAll(' ', '-')}`;

const Contents = ({
  groups,
  schemas,
}: {
  groups: { name: string; entries: Entry[] }[];
  schemas: Schemas;
}) => (
  <nav class="toc" aria-label="Contents">
    {groups.map(({ name, entries }) => (
      <>
        <h2>{name}</h2>
        <ul>
          {(name === 'Webhooks' ? [] : entries).map(({ id, operation }) => (
            <li>
              <a href={`#${id}`}>{operation.summary ?? id}</a>
            </li>
          ))}
          {name === 'Webhooks' ? (
            <li>
              <a href="#group-Webhooks">Events and signature</a>
            </li>
          ) : null}
        </ul>
      </>
    ))}
    <h2>Objects</h2>
    <ul>
      {Object.keys(schemas).map((name) => (
        <li>
          <a href={`#schema-${name}`}>{name}</a>
        </li>
      ))}
      <li>
        <a href="#problems">Errors</a>
      </li>
    </ul>
  </nav>
);

const OperationCard = ({ entry, schemas, server }: { entry: Entry; schemas: Schemas; server: string }) => {
  const { method, path, operation, id } = entry;
  const input = operation.requestBody?.content['application/json']?.schema;
  const closed = (operation.security?.length ?? 0) > 0;
  const url = server + path.replace(/\{(\w+)\}/g, (_, name: string) => exampleParameter(operation, name));
  const call = { method, url, closed, ...(input ? { body: exampleOf(input, schemas) } : {}) };
  return (
    <article class="operation" id={id}>
      <h3>{operation.summary}</h3>
      <p class="route">
        <span class={`method ${TONES[method]}`}>{method.toUpperCase()}</span>
        <code>
          <Breakable text={path} />
        </code>
      </p>
      {operation.description ? (
        <p>
          <Prose text={operation.description} />
        </p>
      ) : null}
      <Parameters operation={operation} />
      {input ? (
        <>
          <h4>Body</h4>
          <p>
            <Type schema={input} />
          </p>
        </>
      ) : null}
      <h4>Example</h4>
      <pre tabindex={0}>
        <code>{curl(call)}</code>
      </pre>
      <h4>Responses</h4>
      <section class="scroll" aria-label={`Responses of ${operation.summary}`} tabindex={0}>
        <table>
          <tbody>
            {Object.entries(operation.responses).map(([status, { description, content }]) => (
              <tr>
                <th scope="row">{status}</th>
                <td>
                  <Prose text={description} />{' '}
                  {Object.values(content ?? {}).map(({ schema }) =>
                    schema.$ref ? <Type schema={schema} /> : null,
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </article>
  );
};

function exampleParameter(operation: Operation, name: string): string {
  const parameter = operation.parameters?.find((candidate) => candidate.name === name);
  return encodeURIComponent(String(parameter?.schema.example ?? name));
}

const Parameters = ({ operation }: { operation: Operation }) => {
  const parameters = operation.parameters ?? [];
  if (parameters.length === 0) return null;
  const schema: Schema = {
    properties: Object.fromEntries(
      parameters.map(({ name, schema, description }) => [
        name,
        { ...schema, ...(description ? { description } : {}) },
      ]),
    ),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  };
  return (
    <>
      <h4>Parameters</h4>
      <Fields schema={schema} label={`Parameters of ${operation.summary}`} input />
    </>
  );
};

const WebhookGroup = ({ entries }: { entries: Entry[] }) => {
  const first = entries[0]?.operation;
  const body = first?.requestBody?.content['application/json'];
  return (
    <article class="operation">
      <h3>Events</h3>
      <section class="scroll" aria-label="Table of events" tabindex={0}>
        <table>
          <tbody>
            {entries.map(({ path, operation }) => (
              <tr>
                <th scope="row">
                  <code>
                    <Breakable text={path} />
                  </code>
                </th>
                <td>{operation.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <h4>Headers</h4>
      {first ? <Parameters operation={{ ...first, summary: 'a webhook' }} /> : null}
      {body ? (
        <>
          <h4>Body</h4>
          <pre tabindex={0}>
            <code>{JSON.stringify(body.example, null, 2)}</code>
          </pre>
        </>
      ) : null}
    </article>
  );
};

const Objects = ({ schemas }: { schemas: Schemas }) => (
  <section aria-labelledby="objects">
    <h2 id="objects">Objects</h2>
    {Object.entries(schemas).map(([name, schema]) => (
      <article class="operation" id={`schema-${name}`}>
        <h3>{name}</h3>
        <p>
          <Prose text={schema.description ?? ''} />
        </p>
        <Fields
          schema={resolve(schema, schemas)}
          label={`Fields of ${name}`}
          input={/Input|Check|Alert|Configuration/.test(name)}
        />
      </article>
    ))}
  </section>
);

const Problems = () => (
  <section aria-labelledby="problems">
    <h2 id="problems">Errors</h2>
    <div class="plain">
      <p>
        Every error is an <a href="#schema-Problem">RFC 9457 problem</a> with content type{' '}
        <code>application/problem+json</code>. Its <code>type</code> is one of these:
      </p>
      <section class="scroll" aria-label="Table of errors" tabindex={0}>
        <table>
          <tbody>
            {Object.entries(PROBLEMS).map(([kind, { status, title }]) => (
              <tr id={`problem-${kind}`}>
                <th scope="row">{status}</th>
                <td>
                  <code>{kind}</code>
                </td>
                <td>{title}.</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  </section>
);
