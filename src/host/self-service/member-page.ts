import type { FieldChange, FieldValue } from '../../identity/change.ts';
import type { OfferedValues } from '../../service/self-service/self-service.ts';
import { FIELD_TITLES } from '../../syncer/profile.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { Language } from '../http/language.ts';
import { html, NO_MARKUP, type Markup } from './markup.ts';
import { STYLE } from './member-page-style.ts';
import { PAGE } from './member-page-text.ts';

/** What a page leads to, below the prefix. */
export interface PageLinks {
  readonly begin: string;
  readonly start: string;
  readonly confirm: string;
}

type Field = Omit<FieldChange, 'field'> & { readonly field: string };

const LANG: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' };
const GENDERS: Readonly<Record<string, Text>> = { Male: text('Male', '男'), Female: text('Female', '女') };

/** The pages that a member sees, one after the other, in the language of his browser. */
export class MemberPages {
  readonly #language: Language;
  readonly #links: PageLinks;

  constructor(language: Language, links: PageLinks) {
    this.#language = language;
    this.#links = links;
  }

  /** What he is asked for, by whom, and what comes next. */
  explanation(company: string, directory: Text, fields: readonly string[]): string {
    const steps = [PAGE.stepAgree(directory), PAGE.stepLook, PAGE.stepStore];
    return this.#page(
      PAGE.title,
      html`<p>${this.#say(PAGE.intro(company, directory))}</p>
        <section>
          <ul>
            ${fields.map((field) => html`<li>${this.#title(field)}</li>`)}
          </ul>
        </section>
        <ol>
          ${steps.map((step) => html`<li>${this.#say(step)}</li>`)}
        </ol>
        ${this.#link(this.#links.start, PAGE.start)}
        <p class="small">${this.#say(PAGE.harmless)}</p>`,
    );
  }

  /** What would be stored, and what not. */
  offer({ userid, fields, refused }: OfferedValues, state: string): string {
    if (fields.length === 0 && refused.length === 0) return this.#nothingNew();
    const rows = this.#rows(fields);
    return this.#page(
      fields.length > 0 ? PAGE.look : PAGE.nothingNew,
      html`${fields.length > 0 ? html`<p>${this.#say(PAGE.lookFor(userid))}</p>` : NO_MARKUP}
      ${rows.length > 0 ? html`<section><dl>${rows}</dl></section>` : NO_MARKUP} ${this.#refused(refused)}
      ${this.#form(state, fields.length > 0 ? PAGE.store : PAGE.report)}
      ${this.#link(this.#links.begin, PAGE.leave, 'plain')}`,
    );
  }

  /** @param isReported whether something is an administrator's to decide */
  done(fields: readonly Field[], isReported: boolean): string {
    if (fields.length === 0 && !isReported) return this.#nothingNew();
    const rows = this.#rows(fields);
    return this.#page(
      fields.length > 0 ? PAGE.stored : PAGE.reported,
      html`${rows.length > 0 ? html`<section><dl>${rows}</dl></section>` : NO_MARKUP}
        ${fields.length > 0 && isReported ? html`<p>${this.#say(PAGE.reportedToo)}</p>` : NO_MARKUP}
        <p>${this.#say(PAGE.storedMore)}</p>`,
    );
  }

  /** @param retry what is sent again; absent: whoever reads it begins anew */
  trouble(title: Text, message: string, retry?: string): string {
    return this.#page(
      title,
      html`<p>${message}</p>
        ${retry === undefined ? this.#link(this.#links.begin, PAGE.again) : this.#form(retry, PAGE.retry)}`,
    );
  }

  /** Where there is nothing that could be begun. */
  missing(message: string): string {
    return this.#page(PAGE.missing, html`<p>${message}</p>`);
  }

  #nothingNew(): string {
    return this.#page(
      PAGE.nothingNew,
      html`<p>${this.#say(PAGE.nothingNewMore)}</p>
        ${this.#link(this.#links.begin, PAGE.again, 'plain')}`,
    );
  }

  #rows(fields: readonly Field[]): Markup[] {
    const country = fields.find(({ field }) => field === 'countryCode');
    return fields
      .filter(({ field }) => field !== 'countryCode' || !fields.some((other) => other.field === 'phone'))
      .map(({ field, before, after }) => {
        const value = this.#value(field, after);
        const code = field === 'phone' && typeof country?.after === 'string' ? ` (${country.after})` : '';
        const old = field === 'avatar' ? '' : this.#value(field, before);
        return html`<div>
          <dt>${this.#title(field)}</dt>
          <dd>${field === 'avatar' ? html`<img src="${value}" alt="" />` : html`${value}${code}`}</dd>
          ${old === '' ? NO_MARKUP : html`<dd class="before">${this.#say(PAGE.before)}: ${old}</dd>`}
        </div>`;
      });
  }

  #refused(refused: OfferedValues['refused']): Markup {
    if (refused.length === 0) return NO_MARKUP;
    const rows = refused.map(
      ({ field, reason }) =>
        html`<div>
          <dt>${this.#title(field)}</dt>
          <dd>${this.#say(reason)}</dd>
        </div>`,
    );
    return html`<section class="warned">
      <h2>${this.#say(PAGE.keptOut)}</h2>
      <dl>${rows}</dl>
    </section>`;
  }

  #form(state: string, button: Text): Markup {
    return html`<form method="post" action="${this.#links.confirm}">
      <input type="hidden" name="state" value="${state}" />
      <button class="button">${this.#say(button)}</button>
    </form>`;
  }

  #link(to: string, words: Text, kind = ''): Markup {
    return html`<a class="button ${kind}" href="${to}">${this.#say(words)}</a>`;
  }

  #title(field: string): string {
    return field in FIELD_TITLES ? this.#say(FIELD_TITLES[field as keyof typeof FIELD_TITLES]) : field;
  }

  #value(field: string, value: FieldValue): string {
    const told = typeof value === 'string' ? value : '';
    const gender = field === 'gender' ? GENDERS[told] : undefined;
    return gender ? this.#say(gender) : told;
  }

  #say(message: Text): string {
    return message[this.#language];
  }

  #page(title: Text, body: Markup): string {
    const page = html`<html lang="${LANG[this.#language]}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="robots" content="noindex" />
        <title>${this.#say(title)}</title>
        <style>
          STYLE
        </style>
      </head>
      <body>
        <main>
          <h1>${this.#say(title)}</h1>
          ${body}
        </main>
      </body>
    </html>`;
    // The policy allows this very text, byte by byte, which a formatter of this file would not keep.
    return `<!doctype html>\n${page.toString().replace(/<style>\s*STYLE\s*<\/style>/, () => `<style>${STYLE}</style>`)}`;
  }
}
