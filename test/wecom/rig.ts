import { readFileSync } from 'node:fs';
import type { CallRecord, SyncerConfig, SyncerDeps } from '../../src/syncer/definition.ts';
import { throwIfAborted } from '../../src/syncer/errors.ts';
import { WECOM_ADVICE } from '../../src/wecom/reading/advice.ts';
import { TokenCache } from '../../src/wecom/api/access-token.ts';
import type { ByteBudget } from '../../src/http-client/byte-budget.ts';
import { makeTraffic, WeComClient, type RetryLimits } from '../../src/wecom/api/client.ts';
import type { Clock } from '../../src/http-client/clock.ts';
import type { JsonObject } from '../../src/http-client/transport.ts';
import type { Member, WeComMember } from '../../src/wecom/reading/member.ts';
import { Transport, TRANSPORT_LIMITS, type TransportLimits } from '../../src/http-client/transport.ts';
import type { WeComSyncerOptions } from '../../src/wecom/syncer-options.ts';
import { WeComSyncer } from '../../src/wecom/wecom-syncer.ts';
import { Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';

/** A captured or documented answer of WeCom; provenance in test/fixtures/wecom/SOURCES.md. */
export const fixture = (name: string): JsonObject =>
  JSON.parse(readFileSync(new URL(`../fixtures/wecom/${name}.json`, import.meta.url), 'utf8')) as JsonObject;

export const aMember = (fields: Readonly<Record<string, unknown>> = {}): Member => ({
  userid: 'zhangsan',
  name: '张三',
  department: [1],
  status: 1,
  enable: 1,
  ...fields,
});

/** Time that passes only when somebody sleeps, and notes for how long. */
export class StillClock implements Clock {
  time = 1_000_000;
  readonly naps: number[] = [];

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.naps.push(ms);
    this.time += ms;
    await Promise.resolve();
  }
}

export const never = (): AbortSignal => new AbortController().signal;

export { rejection } from '../support/promises.ts';

export const readAll = async (pages: AsyncIterable<readonly WeComMember[]>): Promise<WeComMember[]> => {
  const members: WeComMember[] = [];
  for await (const page of pages) members.push(...page);
  return members;
};

/** A sandbox with everything that speaks to it, on a clock that does not make anybody wait. */
export class Rig {
  readonly sandbox: Sandbox;
  readonly clock = new StillClock();
  readonly calls: CallRecord[] = [];
  readonly tokens = new TokenCache();

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  static async start(options: SandboxOptions = { members: 60, departments: 8, seed: 7 }): Promise<Rig> {
    return new Rig(await Sandbox.start(options));
  }

  get deps(): SyncerDeps {
    return {
      concurrency: 4,
      onCall: (call) => this.calls.push(call),
    };
  }

  config(more: Readonly<Record<string, unknown>> = {}): SyncerConfig {
    return { user: this.sandbox.corpId, password: this.sandbox.appSecret, ...more };
  }

  syncer(more: Readonly<Record<string, unknown>> = {}, options: WeComSyncerOptions = {}): WeComSyncer {
    const { clock, tokens } = this;
    const connection = { baseUrl: this.sandbox.url, allowedHosts: [] };
    return new WeComSyncer(this.config(more), this.deps, {
      ...connection,
      clock,
      tokens,
      random: () => 0.5,
      ...options,
    });
  }

  client(
    options: {
      readonly secret?: string;
      readonly corpId?: string;
      readonly retries?: RetryLimits;
      readonly concurrency?: number;
      readonly limits?: Partial<TransportLimits>;
      readonly clock?: Clock;
      readonly baseUrl?: string;
      readonly tokens?: TokenCache;
      readonly budget?: ByteBudget;
    } = {},
  ): WeComClient {
    const { sandbox } = this;
    const baseUrl = options.baseUrl ?? `${sandbox.url}/cgi-bin`;
    const limits = { ...TRANSPORT_LIMITS, ...options.limits };
    const transport = new Transport(baseUrl, {
      sockets: 8,
      advice: WECOM_ADVICE,
      limits,
      ...(options.budget ? { budget: options.budget } : {}),
    });
    const traffic = makeTraffic({
      concurrency: options.concurrency ?? 4,
      clock: options.clock ?? this.clock,
      random: () => 0.5,
      onCall: (call) => this.calls.push(call),
      ...(options.retries ? { retries: options.retries } : {}),
    });
    const credentials = { corpId: options.corpId ?? sandbox.corpId, secret: options.secret ?? sandbox.appSecret };
    return new WeComClient(transport, credentials, traffic, options.tokens ?? this.tokens);
  }

  /** Userids, lower-case and sorted, of everybody whom the app may see through departments. */
  visible(): string[] {
    return this.sandbox.company
      .visibleMembers()
      .map((member) => member.userid.toLowerCase())
      .sort();
  }

  async close(): Promise<void> {
    await this.sandbox.close();
  }
}

export const useridsOf = (members: readonly WeComMember[]): string[] =>
  members.map((member) => (member.userid ?? '?').toLowerCase()).sort();
