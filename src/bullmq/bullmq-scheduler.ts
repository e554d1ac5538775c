import type * as Bullmq from 'bullmq';
import type { DelayedError, Job, Queue, Worker } from 'bullmq';
import type * as Ioredis from 'ioredis';
import { loadOptional } from '../package-json.ts';
import type { Redis } from 'ioredis';
import { RETRY_MS, sinceBoot, type Perform, type ScheduledTask, type Scheduler } from '../scheduler/scheduler.ts';
import { DEFERRAL_MS, isLostConnection, isTakenOver, nextStart, ScheduledJobs, type Plan } from './scheduled-jobs.ts';

export interface BullmqOptions {
  /** `redis://…` or `rediss://…`. */
  readonly url: string;
  /** Tasks that this process performs at one time; the others are left to other processes. */
  readonly concurrency: number;
  /** Told what a task threw; the schedule itself goes on. */
  readonly onFailure: (taskId: string, error: unknown) => void;
  /** Told the code of what is wrong with the connection, such as `ECONNREFUSED`; it is built up again by itself. */
  readonly onConnectionError?: (code: string) => void;
  /** Of every key in Redis; in braces, so that a cluster keeps them together. */
  readonly prefix?: string;
  /** How long a process may be silent before another takes over what it was performing, in milliseconds. */
  readonly lockMs?: number;
  /** How soon a task that rejected is tried again, in milliseconds. */
  readonly retryMs?: number;
}

/** The parts of the library, loaded only where a Redis is configured. */
interface Library {
  readonly bullmq: Pick<typeof Bullmq, 'DelayedError' | 'Job' | 'Queue' | 'Worker'>;
  readonly redis: Pick<typeof Ioredis, 'Redis'>;
}

const QUEUE = 'tasks';
const PREFIX = '{wecom-syncer}';
const LOCK_MS = 30_000;
const LONGEST_RETRY_MS = 500;
const FIRST_ANSWER_MS = 5_000;
/** How soon a process notices what another one has put. */
const LOOK_EVERY_MS = 1_000;

/**
 * The schedule that any number of processes share. Each task is one job that lives as long as the task: due, it goes to
 * one of the processes, and at the end it is moved to its next time. BullMQ's own job schedulers make the next job
 * when the current one begins, so a task that takes longer than its interval would overlap with itself.
 *
 * When a process dies, its job's lock expires and another process performs the task. While Redis is away, changes are
 * remembered and told when it is back; whoever owns the tasks is asked for what Redis may have lost by then.
 */
export class BullmqScheduler implements Scheduler {
  readonly #library: Library;
  readonly #options: BullmqOptions;
  readonly #redis: Redis;
  readonly #queue: Queue<Plan>;
  readonly #jobs: ScheduledJobs;
  /** What this process was told to schedule. */
  readonly #known = new Map<string, ScheduledTask>();
  /** Ids whose last change Redis has not heard of. */
  readonly #untold = new Set<string>();
  readonly #retryMs: number;
  readonly #lockMs: number;
  #refill: (() => Promise<void>) | undefined;
  #nextRefill: NodeJS.Timeout | undefined;
  #isClosing = false;
  #listening: Redis | undefined;
  #worker: Worker<Plan> | undefined;
  #nextLook: NodeJS.Timeout | undefined;
  /** On the clock that nobody sets. */
  #nextLookAt = Infinity;

  private constructor(library: Library, options: BullmqOptions, redis: Redis) {
    this.#library = library;
    this.#options = options;
    this.#redis = redis;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#lockMs = options.lockMs ?? LOCK_MS;
    this.#queue = new library.bullmq.Queue<Plan>(QUEUE, { connection: redis, prefix: this.#prefix });
    this.#queue.on('error', (error) => this.#report(error));
    this.#jobs = new ScheduledJobs({
      queue: this.#queue,
      redis,
      retryMs: this.#retryMs,
      onWritten: (waitMs) => this.#lookIn(waitMs),
    });
    redis.on('ready', () => void this.#tellAgain());
  }

  /** Resolves when Redis answered, or did not for some seconds: then the schedule begins once it does. */
  static async open(options: BullmqOptions): Promise<BullmqScheduler> {
    const library = {
      bullmq: await loadOptional(() => import('bullmq')),
      redis: await loadOptional(() => import('ioredis')),
    };
    // A person waits for the end of a save: without Redis it must not wait in a queue.
    const redis = new library.redis.Redis(options.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: FIRST_ANSWER_MS,
    });
    const scheduler = new BullmqScheduler(library, options, redis);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_ANSWER_MS);
      for (const event of ['ready', 'error'] as const) redis.once(event, () => (clearTimeout(timer), resolve()));
    });
    redis.on('error', (error) => scheduler.#report(error));
    return scheduler;
  }

  async start(perform: Perform, refill?: () => Promise<void>): Promise<void> {
    this.#refill = refill;
    const { bullmq, redis } = this.#library;
    const { url, concurrency } = this.#options;
    this.#listening = new redis.Redis(url, {
      maxRetriesPerRequest: null,
      // BullMQ's own connections are copies of this one; a close would wait for them for as long as Redis is away.
      retryStrategy: (times) => (this.#isClosing ? null : Math.min(times * 50, LONGEST_RETRY_MS)),
    });
    this.#listening.on('error', (error) => this.#report(error));
    this.#worker = new bullmq.Worker<Plan>(QUEUE, (job, token) => this.#performJob(job, token, perform), {
      connection: this.#listening,
      prefix: this.#prefix,
      concurrency,
      lockDuration: this.#lockMs,
      stalledInterval: this.#lockMs,
      // The library renews no lock while the clock of this process is behind where it was.
      skipLockRenewal: true,
      // A task that outlived many processes is still wanted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#worker.on('error', (error) => this.#report(error));
    this.#lookIn(0);
  }

  async put(task: ScheduledTask): Promise<void> {
    this.#known.set(task.id, task);
    await this.#tell(task.id, async () => this.#jobs.write(await this.#jobs.planOf(task)));
  }

  async ensure(task: ScheduledTask): Promise<Date> {
    this.#known.set(task.id, task);
    let dueAt: Date | undefined;
    await this.#tell(task.id, async () => {
      const job = await this.#jobs.find(task.id);
      if (job && !job.data.removed && job.data.everyMs === task.everyMs) dueAt = await this.dueAt(task.id);
      else await this.#jobs.write(await this.#jobs.planOf(task));
    });
    return dueAt ?? task.dueAt;
  }

  async remove(taskId: string): Promise<void> {
    this.#known.delete(taskId);
    await this.#tell(taskId, async () => this.#jobs.write(await this.#jobs.removal(taskId)));
  }

  async dueAt(taskId: string): Promise<Date | undefined> {
    if (!this.#jobs.isConnected) return this.#known.get(taskId)?.dueAt;
    return this.#jobs.dueAt(taskId);
  }

  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#nextLook);
    clearTimeout(this.#nextRefill);
    this.#redis.removeAllListeners('ready');
    // A worker that cannot reach Redis has nothing to hand back, and would wait for it.
    await this.#worker?.close(!this.#jobs.isConnected);
    this.#listening?.disconnect();
    if (this.#jobs.isConnected) await this.#queue.close();
    this.#redis.disconnect();
  }

  get #prefix(): string {
    return this.#options.prefix ?? PREFIX;
  }

  /** Driver messages may show the URL. */
  #report(error: Error): void {
    this.#options.onConnectionError?.((error as NodeJS.ErrnoException).code ?? error.name);
  }

  /** Changes Redis now, or when it is back. */
  async #tell(taskId: string, change: () => Promise<void>): Promise<void> {
    this.#untold.add(taskId);
    if (!this.#jobs.isConnected) return;
    try {
      await change();
      this.#untold.delete(taskId);
    } catch (error) {
      // What is untold is told when the connection is ready again.
      if (this.#jobs.isConnected && !isLostConnection(error)) throw error;
    }
  }

  async #tellAgain(): Promise<void> {
    try {
      for (const taskId of this.#untold) {
        const task = this.#known.get(taskId);
        await this.#jobs.write(await (task ? this.#jobs.planOf(withinInterval(task)) : this.#jobs.removal(taskId)));
        this.#untold.delete(taskId);
      }
      await this.#fillAgain();
      this.#lookIn(0);
    } catch (error) {
      if (error instanceof Error) this.#report(error);
    }
  }

  /**
   * A Redis that was restarted may have lost its memory. What this process told it once is old by then: others have
   * performed the tasks since.
   */
  async #fillAgain(): Promise<void> {
    clearTimeout(this.#nextRefill);
    if (!this.#refill || this.#isClosing) return;
    try {
      await this.#refill();
    } catch (error) {
      this.#options.onFailure('refill', error);
      this.#nextRefill = setTimeout(() => void this.#fillAgain(), this.#retryMs);
    }
  }

  /** Looks for due jobs then, if not sooner anyway; only a process that performs tasks looks. */
  #lookIn(ms: number): void {
    if (!this.#worker || this.#isClosing) return;
    const wait = Math.min(Math.max(ms, 0), LOOK_EVERY_MS);
    if (this.#nextLookAt <= sinceBoot() + wait) return;
    clearTimeout(this.#nextLook);
    this.#nextLookAt = sinceBoot() + wait;
    this.#nextLook = setTimeout(() => void this.#look(), wait);
  }

  async #look(): Promise<void> {
    // What is put from now on may come too late for this look.
    this.#nextLookAt = Infinity;
    let wait = LOOK_EVERY_MS;
    try {
      // While Redis is away the connection says so, once for each that breaks.
      if (this.#jobs.isConnected) wait = await this.#jobs.promoteDue();
    } catch (error) {
      if (error instanceof Error && !this.#isClosing) this.#report(error);
    }
    this.#lookIn(wait);
  }

  async #performJob(job: Job<Plan>, token: string | undefined, perform: Perform): Promise<void> {
    const startedMs = sinceBoot();
    const { taskId } = job.data;
    const renewal = setInterval(() => void this.#renew(job, token), this.#lockMs / 2);
    let isDone = true;
    try {
      if (!job.data.removed) await perform(taskId);
    } catch (error) {
      isDone = false;
      this.#options.onFailure(taskId, error);
    }
    try {
      throw await this.#putOff(job, token, startedMs, isDone);
    } finally {
      clearInterval(renewal);
    }
  }

  /** A lock that is lost stays lost: the job is another process's then, and what it is about has a lease of its own. */
  async #renew(job: Job<Plan>, token: string | undefined): Promise<void> {
    try {
      await job.extendLock(token ?? '', this.#lockMs);
    } catch (error) {
      if (error instanceof Error) this.#report(error);
    }
  }

  /**
   * Moves the job to its next time.
   *
   * @returns what BullMQ wants thrown for a job that is not done for good
   */
  async #putOff(job: Job<Plan>, token: string | undefined, startedMs: number, isDone: boolean): Promise<DelayedError> {
    const plan = await this.#planNow(job);
    const now = await this.#jobs.now(this.#listening);
    const regular = nextStart(plan, plan.revision !== job.data.revision, now - (sinceBoot() - startedMs), now);
    const next = isDone ? regular : Math.min(regular, now + this.#retryMs);
    try {
      await job.moveToDelayed(next + DEFERRAL_MS, token);
    } catch (error) {
      // It was taken from this process, which was silent for too long: whoever has it now moves it on.
      if (isTakenOver(error)) return new this.#library.bullmq.DelayedError();
      throw error;
    }
    this.#lookIn(next - now);
    // A change that came after the plan was read found the job active, and relied on it being read.
    const latest = await this.#planNow(job);
    if (latest.revision !== plan.revision) await this.#tell(latest.taskId, () => this.#jobs.write(latest));
    return new this.#library.bullmq.DelayedError();
  }

  /** As it stands in Redis; waits for a Redis that is away. */
  async #planNow(job: Job<Plan>): Promise<Plan> {
    const worker = this.#worker;
    const stored = worker && job.id !== undefined ? await this.#library.bullmq.Job.fromId<Plan>(worker, job.id) : job;
    return stored?.data ?? this.#jobs.removal(job.data.taskId, this.#listening);
  }
}

/** The clock of this process may have been set back since the task was put. */
const withinInterval = (task: ScheduledTask): ScheduledTask => ({
  ...task,
  dueAt: new Date(Math.min(task.dueAt.getTime(), Date.now() + task.everyMs)),
});
