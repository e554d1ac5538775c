import { SingleBar } from 'cli-progress';
import type { RunJson } from '../host/runs/run-schema.ts';

/** Shows how far a run is: a bar on a terminal, a plain line now and then in a pipe. */
export interface Progress {
  show(run: Pick<RunJson, 'phase' | 'progress' | 'counts'>): void;
  end(): void;
}

const LINE_EVERY_MS = 2_000;

/** On stderr, so that stdout carries nothing but the outcome. */
export function openProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? new Bar(stream) : new Lines(stream);
}

/** Says nothing: for `--json`. */
export const noProgress: Progress = { show: () => undefined, end: () => undefined };

class Bar implements Progress {
  readonly #bar: SingleBar;
  #started = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#bar = new SingleBar({
      stream,
      format: '{phase} [{bar}] {value}/{total} departments · {members} members · {duration_formatted}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
    });
  }

  show({ phase, progress }: Pick<RunJson, 'phase' | 'progress'>): void {
    const total = Math.max(progress.departmentsTotal, 1);
    const payload = { phase, members: progress.membersSeen };
    if (!this.#started) {
      this.#started = true;
      this.#bar.start(total, progress.departmentsDone, payload);
    }
    this.#bar.setTotal(total);
    this.#bar.update(progress.departmentsDone, payload);
  }

  end(): void {
    if (this.#started) this.#bar.stop();
  }
}

class Lines implements Progress {
  #last = 0;
  #phase = '';

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show({ phase, progress }: Pick<RunJson, 'phase' | 'progress'>): void {
    const now = Date.now();
    if (phase === this.#phase && now - this.#last < LINE_EVERY_MS) return;
    this.#last = now;
    this.#phase = phase;
    const { departmentsDone, departmentsTotal, membersSeen } = progress;
    this.stream.write(`${phase}: ${departmentsDone}/${departmentsTotal} departments, ${membersSeen} members\n`);
  }

  end(): void {
    // Lines stand as they were written.
  }
}
