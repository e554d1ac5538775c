/** The vendor's own stable id: a WeCom `userid`, or a department id as text. */
export type ExternalId = string & { readonly __brand: 'ExternalId' };

/** Marks a checked vendor id; the caller has made sure that it is not empty. */
export const externalId = (id: string): ExternalId => id as ExternalId;

/** A vendor id without case: what two spellings of one id have in common, and what links are keyed by. */
export type ExternalKey = string & { readonly __brand: 'ExternalKey' };

/** Directories compare ids without case (WeCom: doc 90195), so everything that looks an id up goes through here. */
export const keyOf = (id: ExternalId): ExternalKey => id.toLowerCase() as ExternalKey;

const TAG = 'tag:';

/** The id of a group that stands for no department, such as a tag of the directory. */
export const tagId = (id: string): ExternalId => externalId(`${TAG}${id}`);

/** Whether a group stands for a tag: it is one whether or not departments become groups. */
export const isTag = (id: ExternalId | ExternalKey): boolean => id.startsWith(TAG);
