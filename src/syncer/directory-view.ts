/** A department as people choose it. */
export interface SeenDepartment {
  readonly id: number;
  readonly name: string;
  /** Need not be among those that are seen; 0 = there is none, or nobody knows. */
  readonly parentId: number;
}

/** A tag as people choose it. */
export interface SeenTag {
  readonly id: number;
  readonly name: string;
}

/** What these credentials see at this moment, for people who choose from it; claimed by shape. */
export interface DirectoryView {
  /** @throws SyncError when it cannot be read */
  seenDepartments(signal: AbortSignal): Promise<readonly SeenDepartment[]>;
  /** @throws SyncError when they cannot be read */
  seenTags(signal: AbortSignal): Promise<readonly SeenTag[]>;
}

export const isDirectoryView = (syncer: object): syncer is DirectoryView =>
  typeof (syncer as Partial<DirectoryView>).seenDepartments === 'function' &&
  typeof (syncer as Partial<DirectoryView>).seenTags === 'function';
