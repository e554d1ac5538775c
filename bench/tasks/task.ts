import type { DatabaseKind } from '../arguments.ts';
import type { Shared } from './replica-settings.ts';

/** How to reach the sandbox. */
export interface Credentials {
  readonly url: string;
  readonly corpId: string;
  readonly appSecret: string;
  readonly contactsSecret: string;
}

/** What a child is asked to do. */
export type Task =
  | { readonly kind: 'fetch'; readonly directory: Credentials; readonly concurrency: number }
  | {
      readonly kind: 'scan';
      readonly directory: Credentials;
      readonly concurrency: number;
      readonly database: DatabaseKind;
      readonly databaseUrl: string;
    }
  | {
      readonly kind: 'load';
      readonly directory: Credentials;
      readonly concurrency: number;
      readonly database: DatabaseKind;
      /** Holds what the product stored. */
      readonly sourceUrl: string;
      /** Migrated and empty. */
      readonly targetUrl: string;
    }
  | {
      readonly kind: 'sync';
      readonly directory: Credentials;
      readonly concurrency: number;
      readonly databaseUrl: string;
      readonly dryRun: boolean;
    }
  | {
      readonly kind: 'roster';
      readonly directory: Credentials;
      readonly concurrency: number;
      readonly databaseUrl: string;
    }
  | { readonly kind: 'migrate'; readonly databaseUrl: string }
  | {
      readonly kind: 'users-page';
      readonly databaseUrl: string;
      readonly pages: number;
    }
  | { readonly kind: 'past'; readonly databaseUrl: string }
  | { readonly kind: 'history'; readonly databaseUrl: string; readonly people: number }
  | {
      readonly kind: 'organizations';
      readonly shared: Shared;
      /** Of one organization each. */
      readonly companies: readonly Credentials[];
    }
  | { readonly kind: 'replica'; readonly shared: Shared };

export interface Outcome {
  readonly seconds: number;
  /** Of the process, user and system together. */
  readonly cpuSeconds: number;
  /** Members read, or rows written, for a check that everybody did the same work. */
  readonly members: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly state?: string;
  readonly p95Ms?: number;
}

export interface Figures extends Outcome {
  readonly peakBytes: number;
}
