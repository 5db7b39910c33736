// Owns the list of channels and the page of one channel. Does not change anything.
// More than 300 lines: markup of a list and of a page with four parts.
import type { Context } from 'hono';
import { channelState } from '../../../store/channel-health.ts';
import type { ListedChannel } from '../../../store/channel-list.ts';
import type { DeliveryRow } from '../../../store/deliveries.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Confirm, Form } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Action, Empty } from '../parts/parts.tsx';
import { type ChannelUse, Uses } from './channel-uses.tsx';
import { ChannelState, pendingText, typeName, WhyState } from './channel-words.tsx';
import { DeliveryState } from './delivery-words.tsx';
import { CHANNELS, DELIVERIES, pathOf } from './section.tsx';

interface ChannelsProps {
  readonly c: Context<HttpEnv>;
  readonly rows: readonly { readonly channel: ListedChannel; readonly use: ChannelUse }[];
}

export const Channels = ({ c, rows }: ChannelsProps) =>
  rows.length === 0 ? (
    <Empty
      title="No channel yet"
      next={mayUse(c, 'POST /dashboard/channels') && { href: `${CHANNELS}/_new`, label: 'Add a channel' }}
    >
      <p>
        A channel is where notifications go: Slack, mail, a pager, your own program. Without one, nobody is
        notified of an outage.
      </p>
    </Empty>
  ) : (
    <div class="card" data-live="channels">
      <table class="grid stacks">
        <thead>
          <tr>
            <th scope="col">Channel</th>
            <th scope="col">State</th>
            <th scope="col">Last delivery</th>
            <th scope="col">Pending</th>
            <th scope="col">Used by</th>
            <th scope="col">
              <span class="hidden">Test</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ channel, use }) => (
            <tr data-row>
              <th scope="row">
                <a href={pathOf(CHANNELS, channel.id)}>
                  <bdi>{channel.name}</bdi>
                </a>
                <br />
                <small>{typeName(channel.type)}</small>
                {use.isDefault ? <span class="pill">default</span> : null}
              </th>
              <td class="why">
                <ChannelState of={channel} />
                {channelState(channel) === 'unknown' ? null : (
                  <>
                    <br />
                    <small>
                      <WhyState of={channel} now={c.var.now} />
                    </small>
                  </>
                )}
              </td>
              <td>
                <span class="narrow-label">Last delivery: </span>
                <Last of={channel} now={c.var.now} />
              </td>
              <td>
                <span class="narrow-label">Pending: </span>
                {channel.pending === 0 ? (
                  'none'
                ) : (
                  <a href={`${DELIVERIES}?channel=${encodeURIComponent(channel.id)}&state=pending`}>
                    {pendingText(channel.pending)}
                  </a>
                )}
              </td>
              <td>
                <Uses use={use} id={channel.id} />
              </td>
              <td>
                {mayUse(c, 'POST /dashboard/channels/:id/test') ? (
                  <Action
                    c={c}
                    action={`${pathOf(CHANNELS, channel.id)}/test`}
                    label="Send a test"
                    fields={{ back: 'list' }}
                    describe={`Send a test to ${channel.name}`}
                  />
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const Last = ({ of: { last }, now }: { of: ListedChannel; now: number }) =>
  last === null ? (
    <>never</>
  ) : (
    <>
      <DeliveryState state={last.state} />
      <br />
      <small>
        <code>{last.event}</code>
        {last.finishedAt === null ? null : (
          <>
            {' '}
            <RelativeTime since={last.finishedAt} now={now} /> ago
          </>
        )}
      </small>
    </>
  );

interface ChannelPageProps {
  readonly c: Context<HttpEnv>;
  readonly channel: ListedChannel;
  readonly use: ChannelUse;
  readonly recent: readonly DeliveryRow[];
  /** Version of the default channels. */
  readonly settingsVersion: number;
}

export const ChannelActions = ({ c, channel }: Pick<ChannelPageProps, 'c' | 'channel'>) => {
  const path = pathOf(CHANNELS, channel.id);
  return (
    <>
      {mayUse(c, 'POST /dashboard/channels/:id/test') ? (
        <Action c={c} action={`${path}/test`} label="Send a test" class="primary" />
      ) : null}
      {mayUse(c, 'POST /dashboard/channels/:id') ? (
        <a class="button" href={`${path}/edit`}>
          Edit
        </a>
      ) : null}
      {mayUse(c, 'POST /dashboard/channels/:id/state') ? (
        <Action
          c={c}
          action={`${path}/state`}
          label={channel.enabled ? 'Disable' : 'Enable'}
          fields={{ enabled: channel.enabled ? 'no' : 'yes' }}
          class=""
        />
      ) : null}
    </>
  );
};

export const ChannelPage = ({ c, channel, use, recent, settingsVersion }: ChannelPageProps) => {
  const path = pathOf(CHANNELS, channel.id);
  return (
    <>
      {channel.enabled ? null : (
        <Notice tone="warn" title="This channel is disabled: it gets no notifications.">
          <p>
            <WhyState of={channel} now={c.var.now} /> Enable it to send again. That also sends what is still
            open.
          </p>
        </Notice>
      )}
      <div class="columns">
        <section class="card pad" aria-labelledby="state" data-live="channel">
          <h2 id="state">State</h2>
          <dl class="facts">
            <dt>State</dt>
            <dd>
              <ChannelState of={channel} />
              <br />
              <span class="small">
                <WhyState of={channel} now={c.var.now} />
              </span>
            </dd>
            <dt>Last accepted</dt>
            <dd>{channel.lastSuccessAt === null ? 'never' : <Timestamp at={channel.lastSuccessAt} />}</dd>
            {channel.failedAttempts === 0 ? null : (
              <>
                <dt>Failed attempts since</dt>
                <dd>{channel.failedAttempts}</dd>
              </>
            )}
            <dt>Pending</dt>
            <dd>
              {pendingText(channel.pending)}
              {channel.pending === 0 ? '' : channel.pending === 1 ? ' delivery' : ' deliveries'}
            </dd>
            <dt>Used by</dt>
            <dd>
              <Uses use={use} id={channel.id} />
            </dd>
          </dl>
          {mayUse(c, 'POST /dashboard/channels/:id/default') ? (
            <Action
              c={c}
              action={`${path}/default`}
              label={use.isDefault ? 'Remove from the default channels' : 'Make it a default channel'}
              fields={{ default: use.isDefault ? 'no' : 'yes', version: String(settingsVersion) }}
            />
          ) : null}
          <p class="note">
            Default channels get what no route matches, of monitors that list no channels of their own.
          </p>
        </section>
        <section class="card pad" aria-labelledby="config">
          <h2 id="config">Configuration</h2>
          <dl class="facts">
            <dt>Type</dt>
            <dd>{typeName(channel.type)}</dd>
            <dt>Id</dt>
            <dd>
              <code>{channel.id}</code>
            </dd>
            {Object.entries(channel.publicConfig).map(([field, value]) => (
              <>
                <dt>{field.replace(/Hint$/, '')}</dt>
                <dd>
                  {value === null ? (
                    'stored, not shown'
                  ) : (
                    <Breakable text={typeof value === 'string' ? value : JSON.stringify(value)} />
                  )}
                </dd>
              </>
            ))}
            <dt>Templates</dt>
            <dd>{channel.templates === null ? 'none: the default texts' : 'yes'}</dd>
            <dt>Tags</dt>
            <dd>
              <Tags tags={channel.tags} />
            </dd>
            <dt>Created</dt>
            <dd>
              <Timestamp at={channel.createdAt} />
            </dd>
          </dl>
        </section>
      </div>
      <section aria-labelledby="recent">
        <h2 id="recent">Newest deliveries</h2>
        {recent.length === 0 ? (
          <p>Nothing was sent over this channel yet. A test is not listed here.</p>
        ) : (
          <ul class="list">
            {recent.map((row) => (
              <li>
                <div>
                  <p>
                    <DeliveryState state={row.state} />{' '}
                    <a
                      href={`${pathOf(DELIVERIES, row.notificationId)}/${encodeURIComponent(row.channelId)}`}
                    >
                      <code>{row.event}</code>
                    </a>
                  </p>
                  <p class="note">
                    <Timestamp at={row.at} />
                    {row.lastError === null ? null : (
                      <>
                        {' · '}
                        <Breakable text={row.lastError} />
                      </>
                    )}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
        <p>
          <a href={`${DELIVERIES}?channel=${encodeURIComponent(channel.id)}`}>
            All deliveries of this channel
          </a>
        </p>
      </section>
      {mayUse(c, 'POST /dashboard/channels/:id/delete') ? (
        <section aria-labelledby="delete">
          <h2 id="delete">Delete</h2>
          <Form c={c} action={`${path}/delete`} class="card pad">
            <p>
              Deliveries that are pending are not sent any more. If something names the channel, you see a
              list first.
            </p>
            <Confirm label={`Delete ${channel.name}`} />
            <button type="submit" class="danger">
              Delete the channel
            </button>
          </Form>
        </section>
      ) : null}
    </>
  );
};

export const Tags = ({ tags }: { tags: Readonly<Record<string, string>> }) => {
  const texts = Object.entries(tags).map(([name, value]) => (value === '' ? name : `${name}:${value}`));
  return (
    <span>
      {texts.length === 0
        ? 'none'
        : texts.map((text) => (
            <>
              <span class="pill">{text}</span>{' '}
            </>
          ))}
    </span>
  );
};
