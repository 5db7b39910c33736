// Owns the top of a copy: what was known when, or that the monitoring itself is unreachable and what was last confirmed.
import { copyLanguages } from '../../status-pages/copy/copy-address.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import { headlineOf } from '../status-page/headline.ts';
import type { PageView } from '../status-page/page-view.ts';
import { Phrase, SLOT, Time } from '../status-page/rendering.tsx';
import { Breakable } from '../ui/breakable.tsx';
import { Icon, type Tone } from '../ui/icons.tsx';
import { type CopyContext, SlotTime } from './copy-frame.tsx';

/** A file does not know how old it is, so nothing in it is green. */
export const copyTone = (tone: Tone): string => (tone === 'good' ? 'known' : tone);

interface Props {
  readonly view: PageView;
  readonly context: CopyContext;
}

export const CopyLine = ({ context }: Pick<Props, 'context'>) => {
  const { texts } = context.of;
  const [before = '', after = ''] = texts.copy.copyOf(SLOT, '\uE001').split(SLOT);
  const [middle = '', end = ''] = after.split('\uE001');
  return (
    <p class="copy">
      {before}
      <a href={`${context.url}/`}>{context.url}</a>
      {middle}
      <SlotTime name="taken" context={context} tag={texts.tag} />
      {end} {texts.copy.standsStill}
    </p>
  );
};

export const WellBanner = ({ view, context }: Props) => {
  const { of } = context;
  const { texts } = of;
  const { tone, words, detail, noDataSince } = headlineOf(view, texts);
  return (
    <>
      <div class={`banner ${copyTone(tone)}`}>
        <Icon tone={tone} />
        <div>
          <h1>
            <small>
              <Phrase
                text={`${texts.copy.asOf(SLOT)}:`}
                slots={[<SlotTime name="taken" context={context} tag={texts.tag} />]}
              />
            </small>{' '}
            <Breakable text={words} />
          </h1>
          <p>
            {noDataSince === undefined ? null : (
              <Phrase
                text={`${texts.banner.noDataSince(SLOT)} `}
                slots={[<Time at={noDataSince} of={of} />]}
              />
            )}
            {detail}
          </p>
        </div>
      </div>
      {view.since === null || noDataSince !== undefined ? null : (
        <p class="fresh">
          <Phrase text={texts.banner.since(SLOT)} slots={[<Time at={view.since} of={of} />]} />
        </p>
      )}
    </>
  );
};

export const SilentBanner = ({ view, context }: Props) => {
  const { texts } = context.of;
  const { words } = headlineOf(view, texts);
  const others = copyLanguages(context.of.page.config.language).filter(({ tag }) => tag !== texts.tag);
  return (
    <div class="banner no_data">
      <Icon tone="no_data" />
      <div>
        <h1>{texts.copy.noCurrentData}</h1>
        <p>
          <Silence texts={texts} context={context} />
        </p>
        <p>
          <LastKnown words={words} texts={texts} context={context} />
        </p>
        {others.map((other) => (
          <p class="other" lang={other.tag}>
            <b>{other.copy.noCurrentData}.</b> <Silence texts={other} context={context} />
          </p>
        ))}
      </div>
    </div>
  );
};

const Silence = ({ texts, context }: { texts: Texts; context: CopyContext }) => {
  const { copy, tag } = texts;
  return (
    <>
      <Phrase
        text={copy.lastConfirmed(SLOT, context.slots.place)}
        slots={[<SlotTime name="confirmed" context={context} tag={tag} />]}
      />{' '}
      <Phrase text={copy.unreachable(SLOT)} slots={[<SlotTime name="since" context={context} tag={tag} />]} />
    </>
  );
};

/** What was known, with the time of it. */
export const LastKnown = ({
  words,
  texts,
  context,
}: {
  words: string;
  texts: Texts;
  context: CopyContext;
}) => (
  <Phrase
    text={texts.copy.lastKnown(words.replaceAll(SLOT, ''), SLOT)}
    slots={[<SlotTime name="confirmed" context={context} tag={texts.tag} />]}
  />
);
