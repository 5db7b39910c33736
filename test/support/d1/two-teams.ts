// Owns a mesh of two teams for tests of restrictions: each has a channel and monitors, and "shop" depends on both.
import { bindings, createMonitor, empty, post, RECEIVER } from './http-mesh.ts';
import { asker, forgetKeys, keyOf } from './keys.ts';

export const SHOP_TAGS = { team: 'shop' };
export const BANK_TAGS = { team: 'bank' };

export const SHOP_EDITOR = 'pm_shop-editor';

/** Straight into the row, so that this depends on no route. */
async function setChannelTags(channel: string, tags: object): Promise<void> {
  const statement = bindings.DB.prepare('update channels set tags = ?1 where id = ?2');
  await statement.bind(JSON.stringify(tags), channel).run();
}

/** `editor` is restricted to team:shop, `anyEditor` is not. */
export async function twoTeams(): Promise<Record<'editor' | 'anyEditor', ReturnType<typeof asker>>> {
  await empty();
  await forgetKeys();
  for (const [id, tags] of [
    ['shop-hook', SHOP_TAGS],
    ['bank-hook', BANK_TAGS],
  ] as const) {
    await post('/api/v1/channels', { ...RECEIVER, id, name: id });
    await setChannelTags(id, tags);
  }
  await createMonitor({ id: 'ledger', name: 'Ledger', tags: BANK_TAGS, channels: ['bank-hook'] });
  await createMonitor({ id: 'cart', name: 'Cart', tags: SHOP_TAGS, channels: ['shop-hook'] });
  await createMonitor({
    ...{ id: 'shop', tags: SHOP_TAGS, dependsOn: ['ledger', 'cart'] },
    channels: ['bank-hook', 'shop-hook'],
  });
  return {
    editor: asker(await keyOf('shop-editor', 'editor', ['team:shop'])),
    anyEditor: asker(await keyOf('any-editor', 'editor')),
  };
}
