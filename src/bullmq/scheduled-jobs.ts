import { randomUUID } from 'node:crypto';
import type { Job, JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ScheduledTask } from '../scheduler/scheduler.ts';

/** BullMQ's codes: no such job, no lock, another state, another's lock. */
const TAKEN_OVER: ReadonlySet<unknown> = new Set([-1, -2, -3, -6]);

/** Whether BullMQ refuses because the job is in another process's hands, or in another state, by now. */
export const isTakenOver = (error: unknown): boolean =>
  error instanceof Error && TAKEN_OVER.has((error as { readonly code?: unknown }).code);

/**
 * Whether a command failed because the connection broke. The client still calls itself ready for a moment then, and
 * tells this failure by its message alone.
 */
export const isLostConnection = (error: unknown): boolean =>
  error instanceof Error && /Stream isn't writeable|Connection is closed/.test(error.message);

/** What Redis keeps of a task. */
export interface Plan {
  readonly taskId: string;
  readonly everyMs: number;
  /** Milliseconds since 1970 on the clock of Redis. */
  readonly dueAt: number;
  /** Differs for each `put`, so that the end of a performing notices one that came meanwhile. */
  readonly revision: string;
  readonly removed?: true;
}

/** Races with other processes that one change may lose before something else must be wrong. */
const TRIES = 20;
/** BullMQ keeps the due time and a counter of 12 bits in one score. */
const SCORE_UNIT = 4096;
/** How long a removed task rests; then it is put to rest again. */
const REST_MS = 365 * 86_400_000;
/**
 * BullMQ's workers take a job when its time has come by the clock of their process: one that is hours ahead would take
 * everything at once, one that is behind nothing for hours. So each job rests until a year after its time, and whoever
 * finds by the clock of Redis that its time has come promotes it.
 */
export const DEFERRAL_MS = 365 * 86_400_000;
/** Due jobs that are promoted at one look. */
const LOOK_SIZE = 500;

export interface ScheduledJobsDeps {
  readonly queue: Queue<Plan>;
  readonly redis: Redis;
  /** How soon a task that rejected is tried again, in milliseconds. */
  readonly retryMs: number;
  /** Told how long it is until a job that was written is due. */
  readonly onWritten: (waitMs: number) => void;
}

/** The jobs in Redis, one for each task: found, written whatever other processes do meanwhile, handed over when due. */
export class ScheduledJobs {
  readonly #deps: ScheduledJobsDeps;

  constructor(deps: ScheduledJobsDeps) {
    this.#deps = deps;
  }

  /** False while Redis is away. */
  get isConnected(): boolean {
    return this.#deps.redis.status === 'ready';
  }

  async find(taskId: string): Promise<Job<Plan> | undefined> {
    return (await this.#deps.queue.getJob(jobId(taskId))) as Job<Plan> | undefined;
  }

  /** When the task is due by the clock of this process; undefined: nobody put it. */
  async dueAt(taskId: string): Promise<Date | undefined> {
    const { queue, redis } = this.#deps;
    const job = await this.find(taskId);
    if (!job || job.data.removed) return undefined;
    const score = await redis.zscore(queue.toKey('delayed'), jobId(taskId));
    const wait = score === null ? 0 : dueTimeOf(score) - (await this.now());
    // The end of a task that is being performed moves it on.
    return new Date(Date.now() + ((await job.isActive()) ? job.data.everyMs : wait));
  }

  /** Milliseconds since 1970 on the clock of Redis, the one that all processes share. */
  async now(connection: Redis = this.#deps.redis): Promise<number> {
    const [seconds, microseconds] = await connection.time();
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
  }

  async planOf({ id, everyMs, dueAt }: ScheduledTask): Promise<Plan> {
    const wait = dueAt.getTime() - Date.now();
    return { taskId: id, everyMs, dueAt: (await this.now()) + wait, revision: randomUUID() };
  }

  /**
   * A removed task rests in Redis, and comes to life when it is put again. To delete it could take away what another
   * process puts at this very moment.
   */
  async removal(taskId: string, connection?: Redis): Promise<Plan> {
    const dueAt = (await this.now(connection)) + REST_MS;
    return { taskId, everyMs: REST_MS, dueAt, revision: randomUUID(), removed: true };
  }

  async #add(plan: Plan): Promise<void> {
    const now = await this.now();
    const options: JobsOptions = {
      jobId: jobId(plan.taskId),
      timestamp: now,
      delay: plan.dueAt + DEFERRAL_MS - now,
      // Only a Redis that fails at the end of a task makes its job fail: it is still wanted.
      attempts: Number.MAX_SAFE_INTEGER,
      backoff: { type: 'fixed', delay: DEFERRAL_MS + this.#deps.retryMs },
    };
    await this.#deps.queue.add('task', plan, options);
    this.#deps.onWritten(plan.dueAt - now);
  }

  /** Makes the plan the one that stands, whatever other processes do to the job at this moment. */
  async write(plan: Plan): Promise<void> {
    await this.#settle(async () => {
      const job = await this.find(plan.taskId);
      if (!job) {
        if (plan.removed) return true;
        await this.#add(plan);
        return (await this.find(plan.taskId))?.data.revision === plan.revision;
      }
      await job.updateData(plan);
      const state = await job.getState();
      // Whoever performs it reads the plan at the end.
      if (state === 'active') return true;
      const now = await this.now();
      if (state === 'delayed') {
        await job.changeDelay(plan.dueAt + DEFERRAL_MS - Date.now());
        this.#deps.onWritten(plan.dueAt - now);
        return true;
      }
      // It waits for a process; as a new job it is due when it should be.
      if (plan.removed || plan.dueAt <= now) return true;
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
        if (attempt >= TRIES || !this.isConnected || isLostConnection(error)) throw error;
      }
      if (attempt >= TRIES) throw new Error('A scheduled task kept changing while it was written.');
    }
  }

  /**
   * Hands over what is due to whichever process is free.
   *
   * @returns for how long nothing more will be
   */
  async promoteDue(): Promise<number> {
    const delayed = this.#deps.queue.toKey('delayed');
    const now = await this.now();
    const ids = await this.#deps.redis.zrangebyscore(delayed, 0, scoreOf(now), 'LIMIT', 0, LOOK_SIZE);
    await Promise.all(ids.map((id) => this.#promote(id)));
    if (ids.length === LOOK_SIZE) return 0;
    const [, next] = await this.#deps.redis.zrange(delayed, 0, 0, 'WITHSCORES');
    return next === undefined ? Infinity : dueTimeOf(next) - now;
  }

  async #promote(id: string): Promise<void> {
    try {
      await (await this.#deps.queue.getJob(id))?.promote();
    } catch (error) {
      // Another process did it.
      if (!isTakenOver(error)) throw error;
    }
  }
}

/** BullMQ refuses colons in ids. */
const jobId = (taskId: string): string => `task-${encodeURIComponent(taskId)}`;

/** The place of a job that is due at that moment of Redis, and of everything that is due before it. */
const scoreOf = (dueAt: number): number => (dueAt + DEFERRAL_MS + 1) * SCORE_UNIT - 1;
const dueTimeOf = (score: string): number => Math.floor(Number(score) / SCORE_UNIT) - DEFERRAL_MS;

/**
 * When a task is due again, on the clock of Redis.
 *
 * @param isNew whether the plan was made while the task was performed
 */
export function nextStart(plan: Plan, isNew: boolean, startedAt: number, now: number): number {
  if (plan.removed) return now + REST_MS;
  if (isNew) return plan.dueAt;
  const next = startedAt + plan.everyMs;
  // A task that took longer than its interval skips the starts it missed.
  const late = now - next;
  return late > 0 ? next + Math.ceil(late / plan.everyMs) * plan.everyMs : next;
}
