import { DeadlineError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

/** Ends a run that works for too long: it holds a place that others wait for, and may never end by itself. */
export class Deadline {
  readonly #ms: number | undefined;
  readonly #passed = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** @param ms undefined: whoever runs has all the time in the world */
  constructor(ms: number | undefined) {
    this.#ms = ms;
  }

  /** Aborts with a DeadlineError once the time is over. */
  get signal(): AbortSignal {
    return this.#passed.signal;
  }

  start(): void {
    const ms = this.#ms;
    if (ms !== undefined) this.#timer = setTimeout(() => this.#passed.abort(tooLong(ms)), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
] as const;

function spelt(ms: number): string {
  const [size, unit] = UNITS.find(([one]) => ms % one === 0) ?? UNITS[3];
  return `${ms / size} ${unit}`;
}

const tooLong = (ms: number): DeadlineError =>
  new DeadlineError(
    text(
      `The run did not end within ${spelt(ms)}, the longest that this server allows; what was applied stays.`,
      `同步未能在本服务器允许的最长时间 ${spelt(ms)} 内完成；已应用的更改会保留。`,
    ),
    {
      remedy: text(
        'Run it again: it goes on where accounts differ. If the directory answers slowly or is very large, ask the operator of this server to raise RUN_DEADLINE.',
        '请重新运行同步，尚未一致的账号会继续处理。如果目录响应缓慢或规模很大，请服务器管理员调大 RUN_DEADLINE。',
      ),
    },
  );
