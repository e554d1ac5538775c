import type { SyncerConfig, SyncerDefinition, SyncerDeps } from '../syncer/definition.ts';
import { text } from '../syncer/text.ts';
import { compileMapping } from './mapping/attribute-mapping.ts';
import { compileSettings } from './mapping/member-expression.ts';
import { resolveBaseUrl, WECOM_API, type WeComConnection } from './api/base-url.ts';
import { WeComCallbacks } from './callbacks/callbacks.ts';
import { readConfig } from './config.ts';
import { CALLBACK_PATH, fieldsWith } from './fields.ts';
import { textOf } from './reading/lenient-json.ts';
import type { WeComMember } from './reading/member.ts';
import { WeComSyncer } from './wecom-syncer.ts';

/** The entry of WeCom in a registry. */
export interface WeComDefinition extends SyncerDefinition<WeComMember> {
  open(config: SyncerConfig, deps: SyncerDeps): WeComSyncer;
}

/**
 * WeCom (企业微信) in the registry.
 *
 * @param connection how WeCom is reached from this server
 */
export const defineWecomSyncer = (connection: WeComConnection = {}): WeComDefinition => ({
  type: 'WeCom',
  title: text('WeCom', '企业微信'),
  fields: fieldsWith(connection.baseUrl ?? WECOM_API),
  bindingColumn: 'wecom',
  directoryField: 'user',
  callbackPath: CALLBACK_PATH,
  check(config: SyncerConfig, deps: SyncerDeps): void {
    void new WeComSyncer(config, deps, connection);
  },
  checkDraft(config: SyncerConfig): void {
    const host = textOf(config['host'])?.trim() ?? '';
    if (host !== '') resolveBaseUrl(host, connection);
    compileMapping(config['tableColumns']);
    compileSettings(config);
  },
  open(config: SyncerConfig, deps: SyncerDeps): WeComSyncer {
    return new WeComSyncer(config, deps, connection);
  },
  openCallbacks(config: SyncerConfig): WeComCallbacks | undefined {
    const { user, callbackToken, callbackAesKey } = readConfig(config).config;
    if (callbackToken === '') return undefined;
    return new WeComCallbacks({ token: callbackToken, encodingAesKey: callbackAesKey, receiveId: user });
  },
});

/** The same with the defaults: WeCom itself, and no other address. */
export const wecomSyncer = defineWecomSyncer();
