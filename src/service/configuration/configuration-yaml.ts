import { Document, isCollection, isScalar, type Node } from 'yaml';
import type { ProtectionObject } from '../decisions/protections.ts';
import { PROTECTION_KEYS } from './configuration-text.ts';

const WRITING = {
  // One key, one line: what a review shows as changed is what was changed.
  lineWidth: 0,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
} as const;

/**
 * Settings as a text, each key in a line of its own.
 *
 * @param syncers keys and values, the name among them
 */
export function configurationYaml(
  syncers: readonly ReadonlyMap<string, unknown>[],
  protections: readonly ProtectionObject[],
): string {
  const rows = protections.map((protection) =>
    Object.fromEntries(PROTECTION_KEYS.map((key) => [key, protection[key] ?? ''])),
  );
  const content = { syncers: syncers.map((keys) => Object.fromEntries(keys)), protections: rows };
  // Readers of YAML 1.1 would take "no" and "0123" for something else: such texts get quotes.
  const document = new Document(content, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  for (const list of ['syncers', 'protections']) {
    const entries = document.get(list);
    if (!isCollection(entries)) continue;
    if (entries.items.length === 0) entries.flow = true;
    for (const entry of entries.items) if (isCollection(entry)) for (const pair of entry.items) oneLine(pair);
  }
  return document.toString(WRITING);
}

function oneLine(pair: unknown): void {
  const { value } = pair as { readonly value: Node | null };
  if (isCollection(value)) value.flow = true;
  else if (isScalar(value) && typeof value.value === 'string' && /[\r\n]/.test(value.value)) {
    value.type = 'QUOTE_DOUBLE';
  }
}
