/** A part of a page: what came from elsewhere is text in it. */
export class Markup {
  readonly #written: string;

  constructor(written: string) {
    this.#written = written;
  }

  toString(): string {
    return this.#written;
  }
}

const writtenAs = (value: string | Markup | readonly Markup[]): string => {
  if (typeof value === 'string') {
    return value.replaceAll(/[&<>"']/g, (sign) => `&#${String(sign.codePointAt(0))};`);
  }
  return value instanceof Markup ? value.toString() : value.map(String).join('');
};

/** Whatever is put between the parts is text, unless it is markup made here. */
export const html = (
  parts: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup => new Markup(parts.reduce((page, part, at) => page + writtenAs(values[at - 1] ?? '') + part));
export const NO_MARKUP = html``;
