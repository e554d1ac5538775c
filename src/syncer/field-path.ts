type Values = Readonly<Record<string, unknown>>;

/** A field may be a part of an object: `scope.departments` is the part `departments` of `scope`. */
export function partOf(name: string): { readonly root: string; readonly part: string | undefined } {
  const dot = name.indexOf('.');
  return dot < 0 ? { root: name, part: undefined } : { root: name.slice(0, dot), part: name.slice(dot + 1) };
}

const objectIn = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};

/** The value of a field; undefined where there is none. */
export function valueAt(values: Values, name: string): unknown {
  const { root, part } = partOf(name);
  return part === undefined ? values[root] : objectIn(values[root])[part];
}

/** @returns a copy in which the field has this value, or is not there when it is undefined */
export function withValueAt(values: Values, name: string, value: unknown): Record<string, unknown> {
  const { root, part } = partOf(name);
  const { [root]: before, ...others } = values;
  const now = part === undefined ? value : withValueAt(objectIn(before), part, value);
  return now === undefined ? others : { ...others, [root]: now };
}
