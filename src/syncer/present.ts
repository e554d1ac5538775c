/** Of an object the keys that have a value, each as it is; those that may be undefined are optional. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Absent is another statement than undefined wherever keys are counted, stored or sent.
 *
 * @returns a copy without the keys whose value is undefined
 */
export function present<T extends object>(values: T): Present<T> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) kept[key] = value;
  return kept as Present<T>;
}
