import { AsyncLocalStorage } from 'node:async_hooks';
import { StaleReadError, WriteConflictError } from '../identity/errors.ts';
import type { IdentityPage, IdentityStore } from '../identity/identity-store.ts';
import { SyncError, UnforeseenError } from '../syncer/errors.ts';
import type { ServiceLog } from './log.ts';

const LONGEST_MESSAGE = 300;

/**
 * A store that a host brought. What it throws and the port does not name is written to the log with message and cause,
 * since nobody but the host can know what they mean; values that drivers put into their messages are left out.
 *
 * @param translate what a driver's error means in the port's words; others as they are
 */
export function hostIdentity(
  store: IdentityStore,
  log: ServiceLog,
  translate: (error: unknown) => unknown,
): IdentityStore {
  /** Told already, or not the store's. */
  const settled = new WeakSet<object>();
  /** Thrown inside a page, of which the store's own transaction makes what it can: after a deadlock it may begin again. */
  const thrown = new WeakSet<object>();
  const inPage = new AsyncLocalStorage<true>();
  const met = (error: unknown): unknown => {
    if (isObject(error) && settled.has(error)) return error;
    if (inPage.getStore()) {
      if (isObject(error)) thrown.add(error);
      return error;
    }
    const meant = translate(error);
    if (!isNamed(meant)) log.error(told(error), 'the identity store of the host failed');
    if (isObject(meant)) settled.add(meant);
    return meant;
  };
  const ours =
    (work: (page: IdentityPage) => Promise<unknown>) =>
    async (page: IdentityPage): Promise<unknown> => {
      try {
        return await inPage.run(true, () => work(watched(page)));
      } catch (error) {
        if (isObject(error) && !thrown.has(error)) settled.add(error);
        throw error;
      }
    };
  const watched = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          const [lease, work] = given as Parameters<IdentityStore['page']>;
          return settle(
            () => Reflect.apply(value, target, name === 'page' ? [lease, ours(work)] : given) as unknown,
            met,
          );
        };
      },
    });
  return watched(store);
}

function settle(work: () => unknown, met: (error: unknown) => unknown): unknown {
  try {
    const answer = work();
    if (answer instanceof Promise) return answer.catch((error: unknown) => Promise.reject(met(error) as Error));
    return isObject(answer) && Symbol.asyncIterator in answer ? each(answer as AsyncIterable<unknown>, met) : answer;
  } catch (error) {
    throw met(error);
  }
}

async function* each(pages: AsyncIterable<unknown>, met: (error: unknown) => unknown): AsyncIterable<unknown> {
  try {
    yield* pages;
  } catch (error) {
    throw met(error);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isNamed = (error: unknown): boolean =>
  error instanceof SyncError || error instanceof StaleReadError || error instanceof WriteConflictError;

function told(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { cause } = error;
  return { type: error.name, reason: wordsOf(error), ...(cause instanceof Error && { cause: wordsOf(cause) }) };
}

/** Drivers quote the values of a row, or put them in brackets. */
function wordsOf(error: Error): string {
  const isDrivers =
    'driverError' in error || 'sqlMessage' in error || 'code' in error || error instanceof UnforeseenError;
  const words = isDrivers ? error.message.replace(/'[^']*'|\([^)]*\)=\([^)]*\)/g, '…') : error.message;
  return words.slice(0, LONGEST_MESSAGE);
}
