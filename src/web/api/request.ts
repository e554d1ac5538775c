import type { Envelope } from '../../host/api.ts';
import { PREFIX } from './place.ts';
import { LOCALES, MESSAGES, type Language } from '../language/language.ts';

/** The server said no; the message is for the person, and says what to change where the server knows it. */
export class Refused extends Error {
  override readonly name: string = 'Refused';

  constructor(
    message: string,
    /** What came with the refusal, such as a report. */
    readonly answer: unknown = null,
  ) {
    super(message);
  }
}

/** Not signed in, no longer signed in, or not an administrator of what was asked for. */
export class NotAllowed extends Refused {
  override readonly name = 'NotAllowed';
}

export interface Answer<T> {
  readonly content: T;
  /** A remark on something that went well, "" = none. */
  readonly remark: string;
  /** Of a list that is read page by page. */
  readonly total: number;
  /** What else comes with it, as the envelope has it. */
  readonly data2?: unknown;
  readonly data3?: unknown;
}

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

let language: Language = 'en';

/** In which language the server answers from now on. */
export function speak(chosen: Language): void {
  language = chosen;
}

const addressOf = (path: string, parameters: Parameters): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return `${PREFIX}/api/${path}${text === '' ? '' : `?${text}`}`;
};

async function read(response: Response): Promise<Envelope> {
  const words = MESSAGES[language].problem;
  let envelope: unknown;
  try {
    envelope = await response.json();
  } catch {
    throw new Refused(words.unreadable(response.status));
  }
  if (typeof envelope !== 'object' || envelope === null || !('status' in envelope)) {
    throw new Refused(words.unreadable(response.status));
  }
  return envelope as Envelope;
}

interface Sent {
  readonly method?: 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (path: string, parameters: Parameters, init: Sent): Promise<Response> => {
  const headers = { 'Accept-Language': LOCALES[language], ...init.headers };
  return fetch(addressOf(path, parameters), { ...init, headers }).catch(() => {
    throw new Refused(MESSAGES[language].problem.offline);
  });
};

async function answered<T>(response: Response): Promise<Answer<T>> {
  const { status, msg, data, data2, data3 } = await read(response);
  if (status === 'ok') {
    return { content: data as T, remark: msg, total: typeof data2 === 'number' ? data2 : 0, data2, data3 };
  }
  if (msg === 'Unauthorized operation') throw new NotAllowed(MESSAGES[language].problem.notAllowed);
  throw new Refused(msg, data);
}

const send = async <T>(path: string, parameters: Parameters, init: Sent): Promise<Answer<T>> =>
  answered<T>(await ask(path, parameters, init));

/** @throws Refused with a sentence for the person */
export const get = <T>(path: string, parameters: Parameters = {}): Promise<Answer<T>> => send<T>(path, parameters, {});

/** @throws Refused with a sentence for the person */
export const post = <T>(path: string, parameters: Parameters = {}, body?: unknown): Promise<Answer<T>> =>
  send<T>(path, parameters, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });

/**
 * A table for a spreadsheet. A plain link would lead to a page of JSON where it is refused, and speak the language of the
 * browser, not of this page.
 *
 * @throws Refused with a sentence for the person
 */
export async function getTable(path: string, parameters: Parameters): Promise<Blob> {
  const response = await ask(path, { ...parameters, format: 'csv' }, {});
  if (!response.headers.get('content-type')?.startsWith('text/csv')) await answered(response);
  return response.blob();
}
