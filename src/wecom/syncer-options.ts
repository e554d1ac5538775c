import type { Clock } from '../http-client/clock.ts';
import type { TransportLimits } from '../http-client/transport.ts';
import type { TokenCache } from './api/access-token.ts';
import type { WeComConnection } from './api/base-url.ts';
import type { RetryLimits } from './api/client.ts';

/** What a test or a tool may set besides; the defaults are right for a host. */
export interface WeComSyncerOptions extends WeComConnection {
  /**
   * Shared by all runs of a process unless given.
   *
   * @internal
   */
  readonly tokens?: TokenCache;
  /** @internal */
  readonly clock?: Clock;
  /**
   * A number in [0, 1), for the jitter of waits.
   *
   * @internal
   */
  readonly random?: () => number;
  /** @internal */
  readonly limits?: TransportLimits;
  /** @internal */
  readonly retries?: RetryLimits;
}
