import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of one of our programs as users run it, from `dist` (`npm run build`), in a folder of its own, so that no `.env` is read. */
export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>>, folder: string) {
    const { PATH, HOME } = process.env;
    this.child = spawn(process.execPath, [join(ROOT, 'dist/src', program), ...args], {
      cwd: folder,
      env: { PATH, HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves with the first match in what was printed on stdout; rejects when the process ends without it. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stdout);
      if (found) return found;
      const next = await Promise.race([
        this.ended,
        new Promise<undefined>((resolve) => this.child.stdout?.once('data', () => resolve(undefined))),
      ]);
      if (next && !pattern.test(next.stdout)) {
        throw new Error(`ended with ${next.code} without printing ${pattern}: ${next.stdout}${next.stderr}`);
      }
    }
  }
}

/** An empty folder, and how to take it away. */
export async function emptyFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'wecom-syncer-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
