import type { Freeze } from '../plan/lock-outs/freeze.ts';
import type { FreezeSetting } from '../syncer-settings.ts';

/** Whether a run may lock out at this moment. */
export class RunFreeze {
  readonly #setting: FreezeSetting | undefined;
  readonly #now: () => Date;
  readonly #isOfUndo: boolean;
  #hasBegun = false;

  /**
   * @param now by the clock by which runs are stamped
   * @param isOfUndo whether it is for what is taken back
   */
  constructor(setting: FreezeSetting | undefined, now: () => Date, isOfUndo = false) {
    this.#setting = setting;
    this.#now = now;
    this.#isOfUndo = isOfUndo;
  }

  /** The same for what is taken back. */
  get ofUndo(): RunFreeze {
    return new RunFreeze(this.#setting, this.#now, true);
  }

  /**
   * Undefined: it may. Asked anew for each page, since a window can begin in the middle of a run; a run that met one
   * waits to its end, for nobody asked the guard or the directory about those whom it passed over.
   */
  get now(): Freeze | undefined {
    if (!this.#setting) return undefined;
    this.#hasBegun ||= this.#setting.isFrozen(this.#now());
    if (!this.#hasBegun) return undefined;
    return { disabledToo: this.#setting.disabledToo, ...(this.#isOfUndo && { isOfUndo: true }) };
  }
}
