import { text } from '../../syncer/text.ts';
import { Refusal } from '../../service/refusal.ts';

const NOT_A_FORM = text('The request body is not a valid form.', '请求内容不是有效的表单。');

const isMultipart = (contentType: string): boolean => /^multipart\/form-data\s*;/i.test(contentType);
const isUrlencoded = (contentType: string): boolean => /^application\/x-www-form-urlencoded\b/i.test(contentType);

/** What is called a form and is JSON all the same, as curl sends it, is none. */
export const isForm = (contentType: string, body: string): boolean =>
  isMultipart(contentType) || (isUrlencoded(contentType) && !body.trimStart().startsWith('{'));

/**
 * The text fields of a form, as an object; files are dropped.
 *
 * @throws Refusal when it cannot be read, or says two things of one field: it might name two objects
 */
export async function readForm(body: string, contentType: string): Promise<Readonly<Record<string, string>>> {
  // Java's SDK escapes nothing, so a lone percent sign is one.
  if (!isMultipart(contentType)) return objectOf(new URLSearchParams(body));
  const fields: [string, string][] = [];
  try {
    const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
    for (const [name, value] of form) if (typeof value === 'string') fields.push([name, value]);
  } catch {
    throw new Refusal(NOT_A_FORM);
  }
  return objectOf(fields);
}

function objectOf(fields: Iterable<readonly [string, string]>): Readonly<Record<string, string>> {
  const read = new Map<string, string>();
  for (const [name, value] of fields) {
    if ((read.get(name) ?? value) !== value) throw new Refusal(NOT_A_FORM);
    read.set(name, value);
  }
  return Object.fromEntries(read);
}
