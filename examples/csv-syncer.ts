import { readFile } from 'node:fs/promises';
import { CancelledError, ConfigError, SyncError, externalId, text } from 'wecom-syncer';
import type { GroupProfile, GroupSyncer, Syncer, SyncerConfig, SyncerDefinition, UserProfile } from 'wecom-syncer';

const HEADER = 'id,name,email,phone,department,active';
type Row = readonly string[];

/** A cell may be quoted, with a doubled quote for one; it has no line break. */
const cellsOf = (line: string): Row => {
  const cells = `,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain = '']) => (quoted?.replaceAll('""', '"') ?? plain).trim());
};

function* pages<T>(list: readonly T[], signal: AbortSignal): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += 500) {
    yield list.slice(start, start + 500);
    if (signal.aborted) throw new CancelledError();
  }
}

/** A directory that is a file on this server: one line per person, each department a group. */
class CsvSyncer implements Syncer<Row>, GroupSyncer<string> {
  readonly type = 'CSV';
  readonly #path: string;

  constructor({ path }: SyncerConfig) {
    if (typeof path !== 'string' || path === '') throw new ConfigError(text('Name a path.', '请填写路径(path)。'));
    this.#path = path;
  }

  async testConnection(signal: AbortSignal) {
    const rows = await this.#rows(signal).catch((error: SyncError) => error);
    if (rows instanceof SyncError) {
      const check = { name: 'file', ok: false, detail: rows.text, remedy: rows.remedy ?? rows.text, code: rows.code };
      return { ok: false, checks: [check], departments: 0, members: 0, withheldFields: [] };
    }
    const detail = text(`${rows.length} people.`, `${rows.length} 人。`);
    const departments = new Set(rows.map((row) => row[4])).size;
    const checks = [{ name: 'file', ok: true, detail }];
    return { ok: true, checks, departments, members: rows.length, withheldFields: [] };
  }

  async *fetchUsers(signal: AbortSignal) {
    yield* pages(await this.#rows(signal), signal);
  }

  /** An empty cell says nothing: what is stored stays. */
  mapUser([id = '', name, email, phone, department, active = '']: Row): UserProfile {
    const reason = text(`The file says "${active}".`, `文件中为“${active}”。`);
    const otherwise = { state: /^(false|no|0)$/i.test(active) ? 'forbidden' : 'unknown', reason } as const;
    return {
      externalId: externalId(id),
      values: { ...(name && { displayName: name }), ...(email && { email }), ...(phone && { phone }) },
      access: /^(true|yes|1)$/i.test(active) ? { state: 'allowed' } : otherwise,
      groups: department ? [externalId(department)] : [],
    };
  }

  async *fetchGroups(signal: AbortSignal) {
    const names = (await this.#rows(signal)).map((row) => row[4] ?? '').filter((name) => name !== '');
    yield* pages([...new Map(names.map((name) => [name.toLowerCase(), name])).values()], signal);
  }

  mapGroup(name: string): GroupProfile {
    return { externalId: externalId(name), displayName: name, parent: null };
  }

  /** Ends with everybody, or with an error: whoever is not shown may lose access. */
  async #rows(signal: AbortSignal): Promise<Row[]> {
    if (signal.aborted) throw new CancelledError();
    const file = await readFile(this.#path, 'utf8').catch(() => refuse('it cannot be read', '无法读取'));
    const [header, ...lines] = file.replace('\ufeff', '').split(/\r?\n/);
    const rows = lines.filter((line) => line !== '').map(cellsOf);
    if (header !== HEADER || rows.length === 0) refuse('the header or everybody is missing', '缺少表头或人员');
    const wrong = rows.findIndex((row) => row.length !== 6 || row[0] === '') + 1;
    if (wrong > 0) refuse(`person ${wrong} needs an id and six cells`, `第 ${wrong} 人应有 id 和六列`);
    if (new Set(rows.map(([id]) => id?.toLowerCase())).size < rows.length) refuse('an id is there twice', 'id 重复');
    return rows;
  }
}

const help = `A file of this server: ${HEADER}`;
const helpZh = `本服务器上的文件：${HEADER}`;

function refuse(en: string, zh: string): never {
  throw new ConfigError(text(`The file (path): ${en}.`, `文件(path)：${zh}。`), { remedy: text(help, helpZh) });
}

export const csvSyncer: SyncerDefinition<Row> = {
  type: 'CSV',
  title: text('CSV file', 'CSV 文件'),
  fields: [{ name: 'path', label: 'Path', labelZh: '路径', kind: 'text', required: true, secret: false, help, helpZh }],
  directoryField: 'path',
  check: (config) => void new CsvSyncer(config),
  open: (config) => new CsvSyncer(config),
};
