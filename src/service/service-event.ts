import type { Run } from '../engine/run.ts';
import type { ServiceLog } from './log.ts';

/** What somebody who hosts a service may want to hear of. */
export type ServiceEventType = 'run.started' | 'run.progress' | 'run.ended' | 'run.held' | 'syncer.health';

/** Told of each event; whatever it answers, throws or rejects changes nothing. */
export type EventListener = (type: ServiceEventType, syncer: string, run?: Run) => unknown;

/** Tells one listener, in the order in which things happen. */
export class ServiceEvents {
  readonly #listener: EventListener | undefined;
  readonly #log: ServiceLog;
  /** Runs that began here, and whether anybody heard of their progress. */
  readonly #begun = new Map<string, boolean>();
  #isClosed = false;

  constructor(listener: EventListener | undefined, log: ServiceLog) {
    this.#listener = listener;
    this.#log = log;
  }

  started(run: Run): void {
    this.#begun.set(run.id, false);
    this.#tell('run.started', nameOf(run), run);
  }

  progressed(run: Run): void {
    if (this.#begun.has(run.id)) this.#begun.set(run.id, true);
    this.#tell('run.progress', nameOf(run), run);
  }

  /** @param hasNewHealth whether its syncer is in another health than before */
  ended(run: Run, hasNewHealth: boolean): void {
    // One that failed before it did anything went through all that it ever was.
    if (this.#begun.get(run.id) === false) this.progressed(run);
    this.#begun.delete(run.id);
    if (run.state === 'held') this.#tell('run.held', nameOf(run), run);
    if (hasNewHealth) this.#tell('syncer.health', nameOf(run), run);
    this.#tell('run.ended', nameOf(run), run);
  }

  /** A person decided something that puts the syncer in another health. */
  healthChanged(syncer: { readonly organization: string; readonly name: string }): void {
    this.#tell('syncer.health', `${syncer.organization}/${syncer.name}`);
  }

  /** Nobody is told anything more. */
  close(): void {
    this.#isClosed = true;
  }

  #tell(type: ServiceEventType, syncer: string, run?: Run): void {
    if (this.#isClosed || !this.#listener) return;
    const failed = (error: unknown): void => this.#log.warn({ event: type, syncer, err: error }, 'a listener failed');
    try {
      Promise.resolve(this.#listener(type, syncer, run)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

const nameOf = ({ organization, syncerName }: Run): string => `${organization}/${syncerName}`;
