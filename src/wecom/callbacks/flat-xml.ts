import { CallbackRefusedError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

/** Far above any message of WeCom's; the host bounds the body before. */
const LONGEST = 256 * 1024;
const DEEPEST = 8;

const TOKEN = /<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.-]*)\s*(\/?)>|&(amp|lt|gt|quot|apos);|(<)|(&)|([^<&]+)/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const malformed = (): CallbackRefusedError =>
  new CallbackRefusedError(text('The message is no XML of the documented shape.', '消息不是约定格式的 XML。'));

interface Level {
  readonly name: string;
  value: string;
}

/**
 * The values of `<xml><Name>value</Name>…</xml>`, the one shape that WeCom's messages have. Deeper elements are passed
 * over, with the elements that hold them: nothing here needs them. Document types, processing instructions, comments,
 * attributes and entities of one's own have no place in these messages and are refused, so there is nothing to expand.
 *
 * @throws CallbackRefusedError
 */
export const readFlatXml = (xml: string): ReadonlyMap<string, string> => {
  const source = xml.trim();
  if (source.length > LONGEST) throw malformed();
  const fields = new Map<string, string>();
  const open: Level[] = [];
  const nested = new Set<Level>();
  let isClosed = false;
  for (const [, cdata, slash, name, empty, entity, strayTag, strayEntity, plain] of source.matchAll(TOKEN)) {
    if (isClosed || strayTag !== undefined || strayEntity !== undefined) throw malformed();
    const current = open.at(-1);
    if (name === undefined) {
      if (!current) throw malformed();
      current.value += cdata ?? plain ?? ENTITIES[entity ?? ''] ?? '';
    } else if (slash) {
      if (empty || current?.name !== name) throw malformed();
      open.pop();
      if (open.length === 1 && !nested.has(current)) keep(fields, current);
      isClosed = open.length === 0;
    } else {
      if (!current && name !== 'xml') throw malformed();
      if (current && open.length > 1) nested.add(current);
      const level = { name, value: '' };
      if (!empty) open.push(level);
      else if (open.length === 1) keep(fields, level);
      if (open.length === 0 || open.length > DEEPEST) throw malformed();
    }
  }
  if (!isClosed) throw malformed();
  return fields;
};

/** Said twice, a value would mean what each reader likes. */
function keep(fields: Map<string, string>, { name, value }: Level): void {
  if (fields.has(name)) throw malformed();
  fields.set(name, value);
}
