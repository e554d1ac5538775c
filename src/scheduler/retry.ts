/** How soon a task that rejected is tried again, in milliseconds. */
export const RETRY_MS = 60_000;
