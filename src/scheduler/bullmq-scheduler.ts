import { randomUUID } from 'node:crypto';
import type * as Bullmq from 'bullmq';
import type { DelayedError, Job, JobsOptions, Queue, Worker } from 'bullmq';
import type * as Ioredis from 'ioredis';
import type { Redis } from 'ioredis';
import type { Perform, ScheduledTask, Scheduler } from './scheduler.ts';

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
}

/**
 * Whether a command failed because the connection broke. The client still calls itself ready for a moment then, and
 * tells this failure by its message alone.
 */
const isLostConnection = (error: unknown): boolean =>
  error instanceof Error && /Stream isn't writeable|Connection is closed/.test(error.message);

/** What Redis keeps of a task. */
interface Plan {
  readonly taskId: string;
  readonly everyMs: number;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  /** Differs for each `put`, so that the end of a performing notices one that came meanwhile. */
  readonly revision: string;
  readonly removed?: true;
}

/** The parts of the library, loaded only where a Redis is configured. */
interface Library {
  readonly bullmq: Pick<typeof Bullmq, 'DelayedError' | 'Job' | 'Queue' | 'Worker'>;
  readonly redis: Pick<typeof Ioredis, 'Redis'>;
}

const QUEUE = 'tasks';
const PREFIX = '{wecom-syncer}';
const LOCK_MS = 30_000;
const RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 500;
const FIRST_ANSWER_MS = 5_000;
/** Races with other processes that one change may lose before something else must be wrong. */
const TRIES = 20;
/** BullMQ keeps the due time and a counter of 12 bits in one score. */
const SCORE_UNIT = 4096;
/** How long a removed task rests; then it is put to rest again. */
const REST_MS = 365 * 86_400_000;

/**
 * The schedule that any number of processes share. Each task is one job that lives as long as the task: due, it goes to
 * one of the processes, and at the end it is moved to its next time. BullMQ's own job schedulers make the next job
 * when the current one begins, so a task that takes longer than its interval would overlap with itself.
 *
 * When a process dies, its job's lock expires and another process performs the task. While Redis is away, changes are
 * remembered and told when it is back; what Redis lost by then is put again.
 */
export class BullmqScheduler implements Scheduler {
  readonly #library: Library;
  readonly #options: BullmqOptions;
  readonly #redis: Redis;
  readonly #queue: Queue<Plan>;
  /** What this process was told to schedule. */
  readonly #known = new Map<string, ScheduledTask>();
  /** Ids whose last change Redis has not heard of. */
  readonly #untold = new Set<string>();
  #isClosing = false;
  #listening: Redis | undefined;
  #worker: Worker<Plan> | undefined;

  private constructor(library: Library, options: BullmqOptions, redis: Redis) {
    this.#library = library;
    this.#options = options;
    this.#redis = redis;
    this.#queue = new library.bullmq.Queue<Plan>(QUEUE, { connection: redis, prefix: this.#prefix });
    this.#queue.on('error', (error) => this.#report(error));
    redis.on('ready', () => void this.#tellAgain());
  }

  /** Resolves when Redis answered, or did not for some seconds: then the schedule begins once it does. */
  static async open(options: BullmqOptions): Promise<BullmqScheduler> {
    const library = { bullmq: await import('bullmq'), redis: await import('ioredis') };
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

  async start(perform: Perform): Promise<void> {
    const { bullmq, redis } = this.#library;
    const { url, concurrency, lockMs = LOCK_MS } = this.#options;
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
      lockDuration: lockMs,
      stalledInterval: lockMs,
      // A task that outlived many processes is still wanted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#worker.on('error', (error) => this.#report(error));
  }

  async put(task: ScheduledTask): Promise<void> {
    this.#known.set(task.id, task);
    await this.#tell(task.id, () => this.#write(planOf(task)));
  }

  async ensure(task: ScheduledTask): Promise<Date> {
    this.#known.set(task.id, task);
    let dueAt: Date | undefined;
    await this.#tell(task.id, async () => {
      const job = await this.#find(task.id);
      if (job && !job.data.removed && job.data.everyMs === task.everyMs) dueAt = await this.dueAt(task.id);
      else await this.#write(planOf(task));
    });
    return dueAt ?? task.dueAt;
  }

  async remove(taskId: string): Promise<void> {
    this.#known.delete(taskId);
    await this.#tell(taskId, () => this.#write(removal(taskId)));
  }

  async dueAt(taskId: string): Promise<Date | undefined> {
    if (!this.#isConnected) return this.#known.get(taskId)?.dueAt;
    const job = await this.#find(taskId);
    if (!job || job.data.removed) return undefined;
    const score = await this.#redis.zscore(this.#queue.toKey('delayed'), jobId(taskId));
    if (score !== null) return new Date(Math.floor(Number(score) / SCORE_UNIT));
    const { everyMs, dueAt } = job.data;
    return new Date((await job.isActive()) && job.processedOn ? job.processedOn + everyMs : dueAt);
  }

  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#redis.removeAllListeners('ready');
    // A worker that cannot reach Redis has nothing to hand back, and would wait for it.
    await this.#worker?.close(!this.#isConnected);
    this.#listening?.disconnect();
    if (this.#isConnected) await this.#queue.close();
    this.#redis.disconnect();
  }

  get #prefix(): string {
    return this.#options.prefix ?? PREFIX;
  }

  get #isConnected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** Driver messages may show the URL. */
  #report(error: Error): void {
    this.#options.onConnectionError?.((error as NodeJS.ErrnoException).code ?? error.name);
  }

  /** Changes Redis now, or when it is back. */
  async #tell(taskId: string, change: () => Promise<void>): Promise<void> {
    this.#untold.add(taskId);
    if (!this.#isConnected) return;
    try {
      await change();
      this.#untold.delete(taskId);
    } catch (error) {
      // What is untold is told when the connection is ready again.
      if (this.#isConnected && !isLostConnection(error)) throw error;
    }
  }

  async #tellAgain(): Promise<void> {
    try {
      for (const taskId of this.#untold) {
        const task = this.#known.get(taskId);
        await this.#write(task ? planOf(task) : removal(taskId));
        this.#untold.delete(taskId);
      }
      // Adds nothing where the job exists: only a Redis that lost its memory takes these.
      for (const task of this.#known.values()) await this.#add(planOf(task));
    } catch (error) {
      if (error instanceof Error) this.#report(error);
    }
  }

  async #find(taskId: string): Promise<Job<Plan> | undefined> {
    return (await this.#queue.getJob(jobId(taskId))) as Job<Plan> | undefined;
  }

  async #add(plan: Plan): Promise<void> {
    const options: JobsOptions = {
      jobId: jobId(plan.taskId),
      delay: Math.max(plan.dueAt - Date.now(), 0),
      // Only a Redis that fails at the end of a task makes its job fail: it is still wanted.
      attempts: Number.MAX_SAFE_INTEGER,
      backoff: { type: 'fixed', delay: RETRY_MS },
    };
    await this.#queue.add('task', plan, options);
  }

  /** Makes the plan the one that stands, whatever other processes do to the job at this moment. */
  async #write(plan: Plan): Promise<void> {
    await this.#settle(async () => {
      const job = await this.#find(plan.taskId);
      if (!job) {
        if (plan.removed) return true;
        await this.#add(plan);
        return (await this.#find(plan.taskId))?.data.revision === plan.revision;
      }
      await job.updateData(plan);
      const state = await job.getState();
      // Whoever performs it reads the plan at the end.
      if (state === 'active') return true;
      if (state === 'delayed') {
        await job.changeDelay(Math.max(plan.dueAt - Date.now(), 0));
        return true;
      }
      // It waits for a process; as a new job it is due when it should be.
      if (plan.removed || plan.dueAt <= Date.now()) return true;
      await job.remove();
      return false;
    });
  }

  /** Repeats a change that met a job in another state than it was read in. */
  async #settle(change: () => Promise<boolean>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (await change()) return;
      } catch (error) {
        if (attempt >= TRIES || !this.#isConnected || isLostConnection(error)) throw error;
      }
      if (attempt >= TRIES) throw new Error('A scheduled task kept changing while it was written.');
    }
  }

  async #performJob(job: Job<Plan>, token: string | undefined, perform: Perform): Promise<void> {
    const startedAt = Date.now();
    const { taskId } = job.data;
    if (!job.data.removed) await perform(taskId).catch((error: unknown) => this.#options.onFailure(taskId, error));
    throw await this.#putOff(job, token, startedAt);
  }

  /** Moves the job to its next time. Answers what BullMQ wants thrown for a job that is not done for good. */
  async #putOff(job: Job<Plan>, token: string | undefined, startedAt: number): Promise<DelayedError> {
    const plan = await this.#planNow(job);
    await job.moveToDelayed(nextStart(plan, plan.revision !== job.data.revision, startedAt), token);
    // A change that came after the plan was read found the job active, and relied on it being read.
    const latest = await this.#planNow(job);
    if (latest.revision !== plan.revision) await this.#tell(latest.taskId, () => this.#write(latest));
    return new this.#library.bullmq.DelayedError();
  }

  /** As it stands in Redis; waits for a Redis that is away. */
  async #planNow(job: Job<Plan>): Promise<Plan> {
    const worker = this.#worker;
    const stored = worker && job.id !== undefined ? await this.#library.bullmq.Job.fromId<Plan>(worker, job.id) : job;
    return stored?.data ?? removal(job.data.taskId);
  }
}

/** BullMQ refuses colons in ids. */
const jobId = (taskId: string): string => `task-${encodeURIComponent(taskId)}`;

const planOf = ({ id, everyMs, dueAt }: ScheduledTask): Plan => ({
  taskId: id,
  everyMs,
  dueAt: dueAt.getTime(),
  revision: randomUUID(),
});

/**
 * A removed task rests in Redis, and comes to life when it is put again. To delete it could take away what another
 * process puts at this very moment.
 */
const removal = (taskId: string): Plan => ({
  taskId,
  everyMs: REST_MS,
  dueAt: Date.now() + REST_MS,
  revision: randomUUID(),
  removed: true,
});

function nextStart(plan: Plan, isNew: boolean, startedAt: number): number {
  if (plan.removed) return Date.now() + REST_MS;
  if (isNew) return plan.dueAt;
  const next = startedAt + plan.everyMs;
  // A task that took longer than its interval skips the starts it missed.
  const late = Date.now() - next;
  return late > 0 ? next + Math.ceil(late / plan.everyMs) * plan.everyMs : next;
}
